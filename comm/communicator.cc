// SPDX-License-Identifier: Apache-2.0
#include "comm/communicator.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "comm/sum.h"
#include "runtime/base/hash.h"

namespace raddle::comm {
namespace {

// Sums go over pieces that stay in the cache of one core.
constexpr size_t kChunkElements = 8192;
// Parts of an all_reduce begin at cache lines.
constexpr size_t kCutBytes = 64;

}  // namespace

std::string_view kind_name(Kind kind) {
  static constexpr std::string_view kNames[kKinds] = {"barrier",    "all_reduce", "reduce_scatter",
                                                      "all_gather", "all_to_all", "broadcast",
                                                      "exchange",   "gather",     "make_window"};
  return kNames[static_cast<size_t>(kind)];
}

// One call of a member of a group: what it does with each peer, counted.
class Communicator::Call {
 public:
  Call(Communicator& owner, Kind kind, Group group, uint64_t salt) : owner_(owner), group_(group) {
    const uint64_t hash = hash_bytes(group.data(), group.size_bytes(), salt);
    operation_ = {kind, static_cast<uint32_t>(hash)};
  }

  // Looks for the caller in the group. INVALID_ARGUMENT: it is no list of this world's ranks with
  // the caller in it.
  Status open() {
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
  // INVALID_ARGUMENT: a part leaves the window, or is cut through an element.
  Status check(const Window& window, Range range, size_t element = 1) const {
    if (range.begin <= range.end && range.end <= window.bytes() && range.begin % element == 0 &&
        range.end % element == 0) {
      return Status::ok();
    }
    return invalid_argument(
        "{}: bytes {} to {} of a window of {}, whose elements have {} bytes: a part lies within "
        "its window and ends between elements",
        name(), range.begin, range.end, window.bytes(), element);
  }
  Status check_parts(const Window& window, std::span<const Range> parts, size_t element = 1) const {
    if (parts.size() != group_.size()) {
      return invalid_argument("{}: {} parts for a group of {}, expected one a member", name(),
                              parts.size(), group_.size());
    }
    for (const Range& part : parts) RADDLE_RETURN_IF_ERROR(check(window, part, element));
    return Status::ok();
  }

  size_t place() const { return place_; }
  std::string_view name() const { return kind_name(operation_.kind); }
  // Every other member, in an order that begins behind the caller: not all at the same peer.
  template <class Do>
  Status each_peer(Do action) const {
    for (size_t i = 1; i < group_.size(); ++i) {
      const size_t place = (place_ + i) % group_.size();
      RADDLE_RETURN_IF_ERROR(action(place, group_[place]));
    }
    return Status::ok();
  }

  Status offer(int32_t to, const Window& window, Range range) {
    Traffic& traffic = of(to);
    ++traffic.messages;
    traffic.bytes_out += static_cast<int64_t>(range.bytes());
    return owner_.transport_->offer(to, operation_, window, range);
  }
  StatusOr<const std::byte*> take(int32_t from, size_t bytes) {
    of(from).bytes_in += static_cast<int64_t>(bytes);
    return owner_.transport_->take(from, operation_, bytes);
  }
  Status release(int32_t from) { return owner_.transport_->release(from, operation_); }
  Status settle(int32_t to) { return owner_.transport_->settle(to, operation_); }
  // What `from` offers, copied.
  Status copy(int32_t from, std::byte* to, size_t bytes) {
    RADDLE_ASSIGN_OR_RETURN(const std::byte* values, take(from, bytes));
    std::memcpy(to, values, bytes);
    return release(from);
  }

  // The two halves of many collectives, on parts of which those without bytes are passed over.
  Status scatter_sums(Element element, Window& window, std::span<const Range> parts);
  Status gather_parts(Window& window, std::span<const Range> parts);

 private:
  Traffic& of(int32_t peer) {
    return owner_
        .traffic_[static_cast<size_t>(peer) * kKinds + static_cast<size_t>(operation_.kind)];
  }
  Status sum_own(Element element, std::byte* own, size_t bytes);

  Communicator& owner_;
  Group group_;
  Operation operation_;
  size_t place_ = 0;
};

// The sum of all members' values, in the order of the group, chunk by chunk.
Status Communicator::Call::sum_own(Element element, std::byte* own, size_t bytes) {
  const size_t chunk_bytes = kChunkElements * element_bytes(element);
  float* const sums = owner_.sums_.data();
  for (size_t begin = 0; begin < bytes; begin += chunk_bytes) {
    const size_t part = std::min(chunk_bytes, bytes - begin);
    const size_t count = part / element_bytes(element);
    for (size_t i = 0; i < group_.size(); ++i) {
      const std::byte* values = own + begin;
      if (i != place_) {
        RADDLE_ASSIGN_OR_RETURN(values, take(group_[i], part));
      }
      if (i == 0) {
        load(element, values, count, sums);
      } else {
        add(element, values, count, sums);
      }
    }
    store(element, sums, count, own + begin);
  }
  return Status::ok();
}

Status Communicator::Call::scatter_sums(Element element, Window& window,
                                        std::span<const Range> parts) {
  RADDLE_RETURN_IF_ERROR(each_peer([&](size_t place, int32_t peer) {
    return parts[place].bytes() == 0 ? Status::ok() : offer(peer, window, parts[place]);
  }));
  const Range own = parts[place_];
  if (own.bytes() > 0) {
    RADDLE_RETURN_IF_ERROR(sum_own(element, window.address() + own.begin, own.bytes()));
    RADDLE_RETURN_IF_ERROR(each_peer([&](size_t, int32_t peer) { return release(peer); }));
  }
  return each_peer([&](size_t place, int32_t peer) {
    return parts[place].bytes() == 0 ? Status::ok() : settle(peer);
  });
}

Status Communicator::Call::gather_parts(Window& window, std::span<const Range> parts) {
  const Range own = parts[place_];
  if (own.bytes() > 0) {
    RADDLE_RETURN_IF_ERROR(
        each_peer([&](size_t, int32_t peer) { return offer(peer, window, own); }));
  }
  RADDLE_RETURN_IF_ERROR(each_peer([&](size_t place, int32_t peer) {
    const Range part = parts[place];
    if (part.bytes() == 0) return Status::ok();
    return copy(peer, window.address() + part.begin, part.bytes());
  }));
  if (own.bytes() == 0) return Status::ok();
  return each_peer([&](size_t, int32_t peer) { return settle(peer); });
}

Communicator::Communicator(std::unique_ptr<Transport> transport)
    : transport_(std::move(transport)) {
  const auto ranks = static_cast<size_t>(size());
  for (int32_t i = 0; i < size(); ++i) world_.push_back(i);
  traffic_.resize(ranks * kKinds);
  sums_.resize(kChunkElements);
  cut_.resize(ranks);
  is_member_.resize(ranks);
}

Communicator::~Communicator() = default;

Status Communicator::reserve(size_t bytes) {
  if (letters_ != nullptr && letters_->bytes() >= bytes) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(letters_, make_window(bytes));
  return Status::ok();
}

Status Communicator::barrier(Group group) {
  RADDLE_RETURN_IF_ERROR(reserve(1));
  Call call(*this, Kind::kBarrier, group, 0);
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(call.each_peer([&](size_t, int32_t peer) {
    return call.offer(peer, *letters_, {0, 1});
  }));
  RADDLE_RETURN_IF_ERROR(call.each_peer([&](size_t, int32_t peer) {
    const auto taken = call.take(peer, 1);
    return taken.is_ok() ? call.release(peer) : taken.status();
  }));
  return call.each_peer([&](size_t, int32_t peer) { return call.settle(peer); });
}

Status Communicator::reduce_scatter(Group group, Element element, Window& window,
                                    std::span<const Range> parts) {
  Call call(*this, Kind::kReduceScatter, group, static_cast<uint64_t>(element));
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(call.check_parts(window, parts, element_bytes(element)));
  return call.scatter_sums(element, window, parts);
}

Status Communicator::all_gather(Group group, Window& window, std::span<const Range> parts) {
  Call call(*this, Kind::kAllGather, group, 0);
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(call.check_parts(window, parts));
  return call.gather_parts(window, parts);
}

Status Communicator::all_reduce(Group group, Element element, Window& window, Range range) {
  Call call(*this, Kind::kAllReduce, group, static_cast<uint64_t>(element));
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(call.check(window, range, element_bytes(element)));
  // The same cut wherever the range lies in its window.
  const size_t lines = (range.bytes() + kCutBytes - 1) / kCutBytes;
  for (size_t i = 0; i < group.size(); ++i) {
    const auto border = [&](size_t part) {
      return range.begin + std::min(lines * part / group.size() * kCutBytes, range.bytes());
    };
    cut_[i] = {border(i), border(i + 1)};
  }
  const std::span<const Range> parts(cut_.data(), group.size());
  RADDLE_RETURN_IF_ERROR(call.scatter_sums(element, window, parts));
  return call.gather_parts(window, parts);
}

Status Communicator::all_to_all(Group group, Window& send_from, std::span<const Range> send,
                                Window& receive_in, std::span<const Range> receive) {
  Call call(*this, Kind::kAllToAll, group, 0);
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(call.check_parts(send_from, send));
  RADDLE_RETURN_IF_ERROR(call.check_parts(receive_in, receive));
  const size_t own = send[call.place()].bytes();
  if (own != receive[call.place()].bytes()) {
    return invalid_argument("all_to_all: rank {} keeps {} bytes and has room for {}", rank(), own,
                            receive[call.place()].bytes());
  }
  if (own > 0) {
    std::memmove(receive_in.address() + receive[call.place()].begin,
                 send_from.address() + send[call.place()].begin, own);
  }
  RADDLE_RETURN_IF_ERROR(call.each_peer([&](size_t place, int32_t peer) {
    return send[place].bytes() == 0 ? Status::ok() : call.offer(peer, send_from, send[place]);
  }));
  RADDLE_RETURN_IF_ERROR(call.each_peer([&](size_t place, int32_t peer) {
    const Range part = receive[place];
    if (part.bytes() == 0) return Status::ok();
    return call.copy(peer, receive_in.address() + part.begin, part.bytes());
  }));
  return call.each_peer([&](size_t place, int32_t peer) {
    return send[place].bytes() == 0 ? Status::ok() : call.settle(peer);
  });
}

Status Communicator::broadcast(Group group, int32_t root, Window& window, Range range) {
  Call call(*this, Kind::kBroadcast, group, static_cast<uint64_t>(root));
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(call.check(window, range));
  if (root < 0 || root >= size() || is_member_[static_cast<size_t>(root)] == 0) {
    return invalid_argument("broadcast: its root, rank {}, is not in the group", root);
  }
  if (range.bytes() == 0) return Status::ok();
  if (rank() != root) return call.copy(root, window.address() + range.begin, range.bytes());
  RADDLE_RETURN_IF_ERROR(
      call.each_peer([&](size_t, int32_t peer) { return call.offer(peer, window, range); }));
  return call.each_peer([&](size_t, int32_t peer) { return call.settle(peer); });
}

Status Communicator::exchange(std::span<const Transfer> send, std::span<const Transfer> receive,
                              uint32_t tag) {
  Call call(*this, Kind::kExchange, {}, tag);
  for (const std::span<const Transfer> side : {send, receive}) {
    for (const Transfer& piece : side) {
      if (piece.peer < 0 || piece.peer >= size() || piece.peer == rank()) {
        return invalid_argument("exchange: rank {} names rank {}, expected another of {} ranks",
                                rank(), piece.peer, size());
      }
      RADDLE_ASSERT(piece.window != nullptr);
      RADDLE_RETURN_IF_ERROR(call.check(*piece.window, piece.range));
    }
  }
  for (const Transfer& piece : send) {
    RADDLE_RETURN_IF_ERROR(call.offer(piece.peer, *piece.window, piece.range));
  }
  for (const Transfer& piece : receive) {
    RADDLE_RETURN_IF_ERROR(
        call.copy(piece.peer, piece.window->address() + piece.range.begin, piece.range.bytes()));
  }
  for (const Transfer& piece : send) RADDLE_RETURN_IF_ERROR(call.settle(piece.peer));
  return Status::ok();
}

Status Communicator::gather(Group group, std::span<const std::byte> mine,
                            std::span<std::byte> all) {
  Call call(*this, Kind::kGather, group, mine.size());
  RADDLE_RETURN_IF_ERROR(call.open());
  if (all.size() != mine.size() * group.size()) {
    return invalid_argument("gather: room for {} bytes, expected {} from each of {} ranks",
                            all.size(), mine.size(), group.size());
  }
  if (mine.empty()) return Status::ok();
  if (letters_ == nullptr || letters_->bytes() < mine.size()) {
    return failed_precondition("gather: {} bytes a rank, and reserve() made room for {}",
                               mine.size(), letters_ == nullptr ? 0 : letters_->bytes());
  }
  std::memcpy(letters_->address(), mine.data(), mine.size());
  std::memcpy(all.data() + call.place() * mine.size(), mine.data(), mine.size());
  RADDLE_RETURN_IF_ERROR(call.each_peer([&](size_t, int32_t peer) {
    return call.offer(peer, *letters_, {0, mine.size()});
  }));
  RADDLE_RETURN_IF_ERROR(call.each_peer([&](size_t place, int32_t peer) {
    return call.copy(peer, all.data() + place * mine.size(), mine.size());
  }));
  return call.each_peer([&](size_t, int32_t peer) { return call.settle(peer); });
}

const Traffic& Communicator::traffic(int32_t peer, Kind kind) const {
  RADDLE_ASSERT(peer >= 0 && peer < size());
  return traffic_[static_cast<size_t>(peer) * kKinds + static_cast<size_t>(kind)];
}

int32_t Communicator::peers_used() const {
  int32_t used = 0;
  for (int32_t peer = 0; peer < size(); ++peer) {
    const auto first = traffic_.begin() + static_cast<int64_t>(peer) * static_cast<int64_t>(kKinds);
    used += std::any_of(first, first + static_cast<int64_t>(kKinds),
                        [](const Traffic& t) { return t.messages > 0 || t.bytes_in > 0; });
  }
  return used;
}

}  // namespace raddle::comm
