// SPDX-License-Identifier: Apache-2.0
// Peers: who the other ranks of a host are, for a transport that works in their memory.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "comm/mapped/inbox.h"
#include "runtime/base/status.h"

namespace raddle::comm {

// A piece of a peer's memory, mapped for reading as long as this lives.
class PeerMemory {
 public:
  virtual ~PeerMemory() = default;
  virtual const std::byte* address() const = 0;
};

class Peers {
 public:
  virtual ~Peers() = default;
  virtual std::string_view name() const = 0;  // of the transport
  virtual Inbox& inbox(int32_t rank) = 0;     // the caller's own too
  // Of the caller's own memory.
  virtual StatusOr<std::unique_ptr<Window>> make_window(uint32_t number, size_t bytes) = 0;
  // The window that a peer's offer of kMakeWindow tells of. It is there for as long as the mapping,
  // whatever becomes of the peer. NOT_FOUND: the peer has given it up already.
  virtual StatusOr<std::unique_ptr<PeerMemory>> map(int32_t rank, const Offer& window) = 0;
  // Why a peer can no longer answer, if that is seen from here.
  virtual std::optional<std::string> lost(int32_t rank) = 0;
  virtual std::string describe(int32_t rank) const = 0;  // "rank 3 (process 4711)"
};

}  // namespace raddle::comm
