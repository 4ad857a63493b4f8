// SPDX-License-Identifier: Apache-2.0
// The stand-in's device memory: whole pages that nobody may touch but what runs on a stream.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>

namespace raddle::standin {

class DeviceMemory {
 public:
  static DeviceMemory& get();
  // Null: not enough of it is left.
  void* allocate(size_t bytes);
  bool release(void* address);
  size_t total() const { return total_; }
  size_t left();

  // All of it may be touched while one of these lives.
  class Opening {
   public:
    Opening() { get().open(1); }
    ~Opening() { get().open(-1); }
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;
  };

 private:
  DeviceMemory();
  void open(int by);
  std::mutex mutex_;
  std::map<void*, size_t> blocks_;  // of whole pages
  size_t total_, used_ = 0;
  int openings_ = 0;
};

}  // namespace raddle::standin
