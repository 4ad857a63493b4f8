// SPDX-License-Identifier: Apache-2.0
// One call of a collective by one member of a group: what it does with each peer, checked and
// counted.
#pragma once

#include <cstring>
#include <span>

#include "comm/communicator.h"

namespace raddle::comm {

class Communicator::Call {
 public:
  // `bytes` and `salt` are the same for all who take part; see Operation.
  Call(Communicator& owner, Kind kind, Group group, uint64_t salt, uint64_t bytes);

  // Looks for the caller in the group. INVALID_ARGUMENT: it is no list of this world's ranks with
  // the caller in it. What an earlier call ended with, if that was no error of its arguments.
  Status open();
  Status check_usable() const;
  // INVALID_ARGUMENT: a part leaves the window, or is cut through an element.
  Status check(const Window& window, Range range, size_t element = 1) const;
  Status check_parts(const Window& window, std::span<const Range> parts, size_t element = 1) const;

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

  Status offer(int32_t to, const Window& window, Range range);
  StatusOr<const std::byte*> take(int32_t from, size_t bytes, std::byte* into = nullptr);
  Status release(int32_t from);
  Status settle(int32_t to);
  // What will be copied next from there may come from now on.
  void prepare(int32_t from, std::byte* to, size_t bytes);
  // What `from` offers, copied.
  Status copy(int32_t from, std::byte* to, size_t bytes);

  // The two halves of many collectives, on parts of which those without bytes are passed over.
  // Neither waits until others have taken what this rank offers.
  Status scatter_sums(Element element, Window& window, std::span<const Range> parts);
  Status gather_parts(Window& window, std::span<const Range> parts);
  Status settle_all();
  // What follows is another half of the call.
  void turn() { operation_.check = ~operation_.check; }

 private:
  Traffic& of(int32_t peer) {
    return owner_
        .traffic_[static_cast<size_t>(peer) * kKinds + static_cast<size_t>(operation_.kind)];
  }
  Status noted(Status status);
  void prepare_all(size_t whole, size_t bytes);
  Status sum_own(Element element, std::byte* own, size_t bytes);

  Communicator& owner_;
  Group group_;
  Operation operation_;
  size_t place_ = 0;
};

}  // namespace raddle::comm
