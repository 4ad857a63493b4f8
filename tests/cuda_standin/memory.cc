// SPDX-License-Identifier: Apache-2.0
#include "tests/cuda_standin/memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

namespace raddle::standin {
namespace {

constexpr size_t kPage = 4096;

size_t memory_of_environment() {
  const char* text = std::getenv("RADDLE_STANDIN_MEMORY");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : size_t{1} << 30;
}

}  // namespace

DeviceMemory::DeviceMemory() : total_(memory_of_environment()) {}

DeviceMemory& DeviceMemory::get() {
  static DeviceMemory memory;
  return memory;
}

// Every block has a page behind it that is never open, and no number in it to begin with.
void* DeviceMemory::allocate(size_t bytes) {
  const size_t mapped = (bytes + kPage - 1) / kPage * kPage;
  const std::lock_guard lock(mutex_);
  if (bytes == 0 || mapped > total_ - used_) return nullptr;
  void* address = mmap(nullptr, mapped + kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return nullptr;
  mprotect(address, mapped, PROT_READ | PROT_WRITE);
  std::memset(address, 0xff, mapped);
  if (openings_ == 0) mprotect(address, mapped, PROT_NONE);
  blocks_[address] = mapped;
  used_ += mapped;
  return address;
}

bool DeviceMemory::release(void* address) {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(address);
  if (found == blocks_.end()) return false;
  munmap(address, found->second + kPage);
  used_ -= found->second;
  blocks_.erase(found);
  return true;
}

size_t DeviceMemory::left() {
  const std::lock_guard lock(mutex_);
  return total_ - used_;
}

void DeviceMemory::open(int by) {
  const std::lock_guard lock(mutex_);
  const bool was_open = openings_ > 0;
  openings_ += by;
  if (was_open == (openings_ > 0)) return;
  for (const auto& [address, bytes] : blocks_) {
    mprotect(address, bytes, openings_ > 0 ? PROT_READ | PROT_WRITE : PROT_NONE);
  }
}

}  // namespace raddle::standin
