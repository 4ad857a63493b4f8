// SPDX-License-Identifier: Apache-2.0
// The windows of peers whose memory is mapped here: what they offer is read where it lies.
#pragma once

#include <memory>
#include <vector>

#include "comm/mapped/inbox.h"
#include "runtime/base/status.h"

namespace raddle::comm {

// A piece of a peer's memory, mapped for reading as long as this lives.
class PeerMemory {
 public:
  virtual ~PeerMemory() = default;
  virtual const std::byte* address() const = 0;
};

class MappedWindows {
 public:
  explicit MappedWindows(int32_t ranks) : windows_(static_cast<size_t>(ranks)) {}

  // The next of that rank.
  void add(int32_t rank, std::unique_ptr<PeerMemory> memory);
  // As Peers::fetch(), for values that are here already.
  const std::byte* fetch(int32_t rank, const Offer& offer, uint64_t position, size_t bytes,
                         std::byte* into) const;

 private:
  std::vector<std::vector<std::unique_ptr<PeerMemory>>> windows_;  // by rank and number
};

}  // namespace raddle::comm
