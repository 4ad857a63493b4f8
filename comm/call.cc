// SPDX-License-Identifier: Apache-2.0
#include "comm/call.h"

#include <algorithm>
#include <utility>

#include "comm/sum.h"
#include "runtime/base/hash.h"

namespace raddle::comm {

Communicator::Call::Call(Communicator& owner, Kind kind, Group group, uint64_t salt, uint64_t bytes)
    : owner_(owner), group_(group) {
  const uint64_t hash = hash_bytes(group.data(), group.size_bytes(), salt);
  operation_ = {kind, static_cast<uint32_t>(hash), bytes};
}

Status Communicator::Call::check_usable() const {
  if (owner_.failure_.is_ok()) return Status::ok();
  Status failure = owner_.failure_;
  return std::move(failure).with_context(
      fmt::format("{}: not begun, since an earlier call failed", name()));
}

Status Communicator::Call::open() {
  RADDLE_RETURN_IF_ERROR(check_usable());
  std::vector<char>& seen = owner_.is_member_;
  std::fill(seen.begin(), seen.end(), char{0});
  for (size_t i = 0; i < group_.size(); ++i) {
    const int32_t rank = group_[i];
    if (rank < 0 || rank >= owner_.size()) {
      return invalid_argument("{}: rank {} is in the group, of a world of {} ranks", name(), rank,
                              owner_.size());
    }
    if (std::exchange(seen[static_cast<size_t>(rank)], char{1}) != 0) {
      return invalid_argument("{}: rank {} is in the group twice", name(), rank);
    }
    if (rank == owner_.rank()) place_ = i;
  }
  if (!group_.empty() && group_[place_] == owner_.rank()) return Status::ok();
  return invalid_argument("{}: rank {} calls it and is not in the group", name(), owner_.rank());
}

Status Communicator::Call::check(const Window& window, Range range, size_t element) const {
  if (range.begin <= range.end && range.end <= window.bytes() && range.begin % element == 0 &&
      range.end % element == 0) {
    return Status::ok();
  }
  return invalid_argument(
      "{}: bytes {} to {} of a window of {}, whose elements have {} bytes: a part lies within "
      "its window and ends between elements",
      name(), range.begin, range.end, window.bytes(), element);
}

Status Communicator::Call::check_parts(const Window& window, std::span<const Range> parts,
                                       size_t element) const {
  if (parts.size() != group_.size()) {
    return invalid_argument("{}: {} parts for a group of {}, expected one a member", name(),
                            parts.size(), group_.size());
  }
  for (const Range& part : parts) RADDLE_RETURN_IF_ERROR(check(window, part, element));
  return Status::ok();
}

// What went wrong between ranks leaves their lanes at different places: nothing can follow it.
Status Communicator::Call::noted(Status status) {
  if (!status.is_ok()) owner_.failure_ = status;
  return status;
}

Status Communicator::Call::offer(int32_t to, const Window& window, Range range) {
  Traffic& traffic = of(to);
  ++traffic.messages;
  traffic.bytes_out += static_cast<int64_t>(range.bytes());
  return noted(owner_.transport_->offer(to, operation_, window, range));
}

StatusOr<const std::byte*> Communicator::Call::take(int32_t from, size_t bytes, std::byte* into) {
  of(from).bytes_in += static_cast<int64_t>(bytes);
  StatusOr<const std::byte*> values = owner_.transport_->take(from, operation_, bytes, into);
  if (!values.is_ok()) return noted(values.status());
  return values;
}

Status Communicator::Call::release(int32_t from) {
  return noted(owner_.transport_->release(from, operation_));
}

Status Communicator::Call::settle(int32_t to) {
  return noted(owner_.transport_->settle(to, operation_));
}

Status Communicator::Call::copy(int32_t from, std::byte* to, size_t bytes) {
  RADDLE_RETURN_IF_ERROR(take(from, bytes, to).status());
  return release(from);
}

void Communicator::Call::prepare(int32_t from, std::byte* to, size_t bytes) {
  owner_.transport_->prepare(from, operation_, bytes, bytes, to);
}

// Where values come from afar, those of all peers come at the same time.
void Communicator::Call::prepare_all(size_t whole, size_t bytes) {
  for (size_t i = 0; i < group_.size(); ++i) {
    if (i != place_) owner_.transport_->prepare(group_[i], operation_, whole, bytes, nullptr);
  }
}

// The sum of all members' values, in the order of the group. What comes from afar comes in slices:
// one is summed while the next is on its way.
Status Communicator::Call::sum_own(Element element, std::byte* own, size_t bytes) {
  std::vector<const std::byte*>& values = owner_.values_;
  const size_t most = owner_.transport_->take_most();
  for (size_t at = 0; at < bytes;) {
    const size_t now = std::min(most, bytes - at);
    prepare_all(bytes, now);
    for (size_t i = 0; i < group_.size(); ++i) {
      values[i] = own + at;
      if (i != place_) {
        RADDLE_ASSIGN_OR_RETURN(values[i], take(group_[i], now));
      }
    }
    const size_t next = std::min(most, bytes - at - now);
    if (next > 0) prepare_all(bytes, next);
    sum(element, {values.data(), group_.size()}, now / element_bytes(element), own + at);
    at += now;
  }
  return Status::ok();
}

Status Communicator::Call::scatter_sums(Element element, Window& window,
                                        std::span<const Range> parts) {
  RADDLE_RETURN_IF_ERROR(each_peer([&](size_t place, int32_t peer) {
    return parts[place].bytes() == 0 ? Status::ok() : offer(peer, window, parts[place]);
  }));
  const Range own = parts[place_];
  if (own.bytes() == 0) return Status::ok();
  RADDLE_RETURN_IF_ERROR(sum_own(element, window.address() + own.begin, own.bytes()));
  return each_peer([&](size_t, int32_t peer) { return release(peer); });
}

Status Communicator::Call::gather_parts(Window& window, std::span<const Range> parts) {
  const Range own = parts[place_];
  if (own.bytes() > 0) {
    RADDLE_RETURN_IF_ERROR(
        each_peer([&](size_t, int32_t peer) { return offer(peer, window, own); }));
  }
  RADDLE_RETURN_IF_ERROR(each_peer([&](size_t place, int32_t peer) {
    const Range part = parts[place];
    prepare(peer, window.address() + part.begin, part.bytes());
    return Status::ok();
  }));
  return each_peer([&](size_t place, int32_t peer) {
    const Range part = parts[place];
    if (part.bytes() == 0) return Status::ok();
    return copy(peer, window.address() + part.begin, part.bytes());
  });
}

Status Communicator::Call::settle_all() {
  return each_peer([&](size_t, int32_t peer) { return settle(peer); });
}

}  // namespace raddle::comm
