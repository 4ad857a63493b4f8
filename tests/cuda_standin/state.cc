// SPDX-License-Identifier: Apache-2.0
#include "tests/cuda_standin/state.h"

#include <chrono>
#include <cstdlib>
#include <thread>

#include "runtime/base/random.h"
#include "tests/cuda_standin/control.h"

namespace raddle::standin {

State::State() {
  const char* seed = std::getenv("RADDLE_STANDIN_SEED");
  if (seed != nullptr) seed_ = std::strtoull(seed, nullptr, 10);
}

State& State::get() {
  static State state;
  return state;
}

int State::enter(const std::string& function) {
  const std::lock_guard lock(mutex_);
  ++calls_[function];
  if (kept_error_ != 0) return kept_error_;
  if (function != failing_ || calls_until_failure_-- > 0) return 0;
  failing_.clear();
  return failure_;
}

uint64_t State::next_seed() { return seed_ == 0 ? 0 : philox(seed_, 0, drawn_++)[0] | 1u; }

void State::delay() {
  if (seed_ == 0) return;
  constexpr uint64_t kMostUs = 50;
  std::this_thread::sleep_for(std::chrono::microseconds(next_seed() % kMostUs));
}

void State::fail(const char* function, int64_t after, int error) {
  const std::lock_guard lock(mutex_);
  failing_ = function != nullptr ? function : "";
  calls_until_failure_ = after;
  failure_ = error;
}

void State::keep_error(int error) {
  const std::lock_guard lock(mutex_);
  kept_error_ = error;
}

bool State::has_error() {
  const std::lock_guard lock(mutex_);
  return kept_error_ != 0;
}

int64_t State::calls(const char* function) {
  const std::lock_guard lock(mutex_);
  if (function != nullptr) return calls_[function];
  int64_t all = 0;
  for (const auto& [name, count] : calls_) all += count;
  return all;
}

void State::reset() {
  const std::lock_guard lock(mutex_);
  calls_.clear();
  failing_.clear();
  kept_error_ = 0;
}

}  // namespace raddle::standin

void raddle_standin_set_seed(uint64_t seed) { raddle::standin::State::get().set_seed(seed); }
void raddle_standin_fail(const char* function, int64_t after, int error) {
  raddle::standin::State::get().fail(function, after, error);
}
int64_t raddle_standin_calls(const char* function) {
  return raddle::standin::State::get().calls(function);
}
void raddle_standin_reset() { raddle::standin::State::get().reset(); }
