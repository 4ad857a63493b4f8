// SPDX-License-Identifier: Apache-2.0
// Inbox: what a rank's peers write to it, in memory that all of them have mapped. For each peer
// there is a lane, which only that peer writes: its offers, and how many of this rank's offers it
// has released. A bell wakes the owner. Nothing here can be left half done: an offer counts once
// `posted` says so, so a peer that is killed while it writes one has offered nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "comm/transport.h"

namespace raddle::comm {

inline constexpr size_t kLaneSlots = kOffersAtOnce;

struct Offer {
  Operation operation;
  uint32_t window = 0;
  int32_t fd = -1;  // of kMakeWindow, as the offering process knows it
  uint64_t begin = 0, end = 0;
};

struct Lane {
  alignas(64) std::atomic<uint64_t> posted;  // offers so far; number n is in ring[n % kLaneSlots]
  std::atomic<uint64_t> released;            // of the owner's offers to this peer
  alignas(64) Offer ring[kLaneSlots];
};

// What a rank sleeps for.
struct Sleep {
  bool is_asleep = false;
  bool for_offer = false;  // and not for the release of its own
  Kind kind = Kind::kBarrier;
  int32_t peer = 0;
};
constexpr uint64_t pack(Sleep s) {
  return uint64_t{s.is_asleep} | uint64_t{s.for_offer} << 1 | static_cast<uint64_t>(s.kind) << 8 |
         static_cast<uint64_t>(s.peer) << 32;
}
constexpr Sleep unpack(uint64_t word) {
  return {(word & 1) != 0, (word & 2) != 0, static_cast<Kind>(word >> 8 & 0xFF),
          static_cast<int32_t>(word >> 32)};
}

struct Inbox {
  static constexpr uint64_t kMagic = 0x31786f626e49'6452;  // "RdInbox1"
  enum State : uint32_t { kRunning, kLeft };

  uint64_t magic;
  int32_t rank, size;
  alignas(64) std::atomic<uint32_t> bell;  // rung by whoever wrote something; a futex
  std::atomic<uint32_t> sleepers;
  alignas(64) std::atomic<uint64_t> sleep;  // of the owner
  std::atomic<uint32_t> state;
  char farewell[436];  // how the owner ended, once it has left

  Lane* lanes() { return reinterpret_cast<Lane*>(this + 1); }
  Lane& lane(int32_t peer) { return lanes()[peer]; }
};
static_assert(sizeof(Inbox) % alignof(Lane) == 0);
static_assert(std::atomic<uint64_t>::is_always_lock_free &&
              std::atomic<uint32_t>::is_always_lock_free);

size_t inbox_bytes(int32_t ranks);
// Of zeroed memory.
void begin_inbox(Inbox& inbox, int32_t rank, int32_t size);

void ring(Inbox& inbox);
// Until the bell is no longer `heard`, or so long at most.
void listen(Inbox& inbox, uint32_t heard, int64_t timeout_ns);

}  // namespace raddle::comm
