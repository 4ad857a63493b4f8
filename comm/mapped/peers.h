// SPDX-License-Identifier: Apache-2.0
// Peers: who the other ranks are, for a transport that works on lanes. A peer of the same host is
// reached in its own memory. For one of another host there is an image of what matters of its
// memory, which messages keep true.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "comm/mapped/inbox.h"
#include "runtime/base/status.h"

namespace raddle::comm {

class Peers {
 public:
  virtual ~Peers() = default;
  virtual std::string_view name() const = 0;  // of the transport
  virtual Inbox& inbox(int32_t rank) = 0;     // the caller's own too
  virtual Lane& lane_at(int32_t rank) = 0;    // the caller's, in a peer's inbox
  // After something was written to a peer.
  virtual void ring(int32_t rank) { comm::ring(inbox(rank)); }

  // Of the caller's own memory.
  virtual StatusOr<std::unique_ptr<Window>> make_window(uint32_t number, size_t bytes) = 0;
  // Comes to know the window that a peer's offer of kMakeWindow tells of. NOT_FOUND: the peer has
  // given it up already.
  virtual Status open_window(int32_t rank, const Offer& window) = 0;

  // Whether values of this peer have to be brought here. If not, they are read where they lie.
  virtual bool is_far(int32_t) const { return false; }
  // Begins to bring `bytes` of a peer's offer number `number` from `position` on, to `into` or, if
  // that is null, to where they stay until the fetch after the next. Returns where they will be,
  // once has_come().
  virtual const std::byte* fetch(int32_t rank, const Offer& offer, uint64_t number,
                                 uint64_t position, size_t bytes, std::byte* into) = 0;
  virtual bool has_come(int32_t) const { return true; }
  // Whether a far peer's next offer, which will be of so many bytes, can be fetched before it is
  // known here.
  virtual bool can_expect(uint64_t) const { return false; }

  // Why a peer can no longer answer, if that is seen from here.
  virtual std::optional<std::string> lost(int32_t rank) = 0;
  virtual std::string describe(int32_t rank) const = 0;  // "rank 3 (process 4711)"
};

// Where values come from afar, the most that is fetched at once without a place for it, and the
// borders between such pieces of an offer.
inline constexpr size_t kSliceBytes = size_t{1} << 20;

}  // namespace raddle::comm
