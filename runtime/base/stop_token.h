// SPDX-License-Identifier: Apache-2.0
// StopToken: how somebody else ends work that lasts, and sees how far it is. Whoever works looks at
// it at least every tenth of a second; a null one is one that nobody sets.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle {

enum class StopGrade : int {
  kNone,
  kStop,    // in good order: what is worth keeping is finished and kept
  kCancel,  // as soon as possible
};

class StopToken {
 public:
  StopToken() = default;
  StopToken(const StopToken&) = delete;
  StopToken& operator=(const StopToken&) = delete;

  // One that follows others, which may be null and are borrowed. Progress is passed on to both.
  static StopToken either(StopToken* a, StopToken* b) {
    return StopToken(a, b, StopGrade::kStop, true);
  }
  // One that `of` only stops by cancelling: for work that is finished in good order.
  static StopToken cancel_only(StopToken* of) {
    return StopToken(of, nullptr, StopGrade::kCancel, true);
  }
  // For a part of work whose progress is told as a whole.
  static StopToken silent(StopToken* of) { return StopToken(of, nullptr, StopGrade::kStop, false); }

  // From any thread and from a signal handler. A stop does not take back a cancel.
  void stop() { raise(StopGrade::kStop); }
  void cancel() { raise(StopGrade::kCancel); }

  StopGrade grade() const {
    int grade = grade_.load(std::memory_order_relaxed);
    for (const StopToken* other : others_) {
      if (other == nullptr) continue;
      const StopGrade of_other = other->grade();
      if (of_other >= least_) grade = std::max(grade, static_cast<int>(of_other));
    }
    return static_cast<StopGrade>(grade);
  }
  bool is_set() const { return grade() != StopGrade::kNone; }
  bool is_cancelled() const { return grade() == StopGrade::kCancel; }

  // Work begins that has `total` parts (0: unknown), of which `done` are done.
  void begin_work(int64_t total, int64_t done = 0) {
    done_.store(done, std::memory_order_relaxed);
    total_.store(total, std::memory_order_relaxed);
    if (!tells_) return;
    for (StopToken* other : others_) {
      if (other != nullptr) other->begin_work(total, done);
    }
  }
  void advance(int64_t parts) {
    done_.fetch_add(parts, std::memory_order_relaxed);
    if (!tells_) return;
    for (StopToken* other : others_) {
      if (other != nullptr) other->advance(parts);
    }
  }
  int64_t done() const { return done_.load(std::memory_order_relaxed); }
  int64_t total() const { return total_.load(std::memory_order_relaxed); }

 private:
  StopToken(StopToken* a, StopToken* b, StopGrade least, bool tells)
      : others_{a, b}, least_(least), tells_(tells) {}
  void raise(StopGrade to) {
    const int wanted = static_cast<int>(to);
    int now = grade_.load(std::memory_order_relaxed);
    while (now < wanted && !grade_.compare_exchange_weak(now, wanted, std::memory_order_relaxed)) {
    }
  }

  std::atomic<int> grade_{0};
  std::atomic<int64_t> done_{0}, total_{0};
  StopToken* const others_[2] = {nullptr, nullptr};
  const StopGrade least_ = StopGrade::kStop;
  const bool tells_ = false;
};
static_assert(std::atomic<int>::is_always_lock_free);

// CANCELLED, saying what was stopped, if `stop` asks for it.
inline Status check_stop(const StopToken* stop, std::string_view what) {
  if (stop == nullptr || !stop->is_set()) return Status::ok();
  return cancelled("{} was stopped on request", what);
}

inline void begin_work(StopToken* stop, int64_t total) {
  if (stop != nullptr) stop->begin_work(total);
}
inline void advance(StopToken* stop, int64_t parts) {
  if (stop != nullptr) stop->advance(parts);
}

}  // namespace raddle
