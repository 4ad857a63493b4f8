// SPDX-License-Identifier: Apache-2.0
// What the whole stand-in has in common: its seed, the calls that were made, the fault that is to
// come, the error that stays.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace raddle::standin {

class State {
 public:
  static State& get();
  // Counts a call. The error that it must answer; 0: it may go on.
  int enter(const std::string& function);
  void set_seed(uint64_t seed) { seed_ = seed; }
  // Another number each time, unless the seed is 0.
  uint64_t next_seed();
  void delay();  // of a stream, before its next task
  void fail(const char* function, int64_t after, int error);
  void keep_error(int error);  // from now on every call answers it
  bool has_error();
  int64_t calls(const char* function);
  void reset();

 private:
  State();
  std::mutex mutex_;
  std::map<std::string, int64_t> calls_;
  std::string failing_;
  int64_t calls_until_failure_ = 0;
  int failure_ = 0, kept_error_ = 0;
  std::atomic<uint64_t> seed_{0}, drawn_{0};
};

}  // namespace raddle::standin
