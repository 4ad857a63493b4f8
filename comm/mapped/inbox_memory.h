// SPDX-License-Identifier: Apache-2.0
// An inbox in memory of this process alone.
#pragma once

#include <vector>

#include "comm/mapped/inbox.h"

namespace raddle::comm {

class InboxMemory {
 public:
  InboxMemory(int32_t rank, int32_t size) : lines_(inbox_bytes(size) / sizeof(Line) + 1) {
    begin_inbox(get(), rank, size);
  }
  Inbox& get() { return *reinterpret_cast<Inbox*>(lines_.data()); }

 private:
  struct alignas(64) Line {
    std::byte bytes[64] = {};
  };
  std::vector<Line> lines_;  // stays where it is when this is moved
};

}  // namespace raddle::comm
