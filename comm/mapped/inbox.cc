// SPDX-License-Identifier: Apache-2.0
#include "comm/mapped/inbox.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>
#include <new>

namespace raddle::comm {
namespace {

// Not of one process alone, so without FUTEX_PRIVATE_FLAG.
void futex(std::atomic<uint32_t>& word, int action, uint32_t value, const timespec* timeout) {
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), action, value, timeout, nullptr, 0);
}

}  // namespace

size_t inbox_bytes(int32_t ranks) {
  return sizeof(Inbox) + static_cast<size_t>(ranks) * sizeof(Lane);
}

void begin_inbox(Inbox& inbox, int32_t rank, int32_t size) {
  new (&inbox) Inbox{};
  for (int32_t peer = 0; peer < size; ++peer) new (&inbox.lane(peer)) Lane{};
  inbox.rank = rank;
  inbox.size = size;
  inbox.magic = Inbox::kMagic;
}

void ring(Inbox& inbox) {
  // In one order with listen(): either the sleeper sees the new bell, or it is seen to sleep.
  inbox.bell.fetch_add(1, std::memory_order_seq_cst);
  if (inbox.sleepers.load(std::memory_order_seq_cst) == 0) return;
  futex(inbox.bell, FUTEX_WAKE, INT_MAX, nullptr);
}

void listen(Inbox& inbox, uint32_t heard, int64_t timeout_ns) {
  inbox.sleepers.fetch_add(1, std::memory_order_seq_cst);
  if (inbox.bell.load(std::memory_order_seq_cst) == heard) {
    const timespec timeout{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
    futex(inbox.bell, FUTEX_WAIT, heard, &timeout);
  }
  inbox.sleepers.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace raddle::comm
