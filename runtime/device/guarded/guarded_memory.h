// SPDX-License-Identifier: Apache-2.0
// Memory that nobody may touch unless it was opened: blocks of whole pages without access.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "runtime/device/device.h"

namespace raddle::device {

inline constexpr size_t kPageBytes = 4096;

class GuardedMemory : public std::enable_shared_from_this<GuardedMemory> {
 public:
  StatusOr<Memory> allocate(size_t bytes);
  StatusOr<Memory> map(const ForeignMemory& memory, size_t bytes, Contents contents);

  // While it lives the ranges may be touched; those that lie elsewhere are the host's and need
  // nothing. Only what is written is open for writing.
  class Opening {
   public:
    Opening(GuardedMemory& memory, std::span<const Range> ranges);
    ~Opening();
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;

   private:
    GuardedMemory& memory_;
    const std::span<const Range> ranges_;
  };

 private:
  class Block;
  struct Mapping {
    size_t bytes = 0;
    std::vector<uint16_t> readers, writers;  // by page: how many openings want it so
  };
  Memory guard(std::byte* begin, size_t bytes);
  void change(std::span<const Range> ranges, int by);
  void change(const Range& range, int by);
  void release(std::byte* begin, size_t bytes);

  std::mutex mutex_;
  std::map<std::byte*, Mapping> mappings_;  // by first byte
};

}  // namespace raddle::device
