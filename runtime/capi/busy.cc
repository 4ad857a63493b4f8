// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/busy.h"

#include <condition_variable>
#include <mutex>

namespace raddle::capi {

namespace {

constexpr uint32_t kAlone = 1u << 29;
constexpr uint32_t kDoomed = 1u << 30;    // destroyed: no new call begins
constexpr uint32_t kOrphaned = 1u << 31;  // and the last call deletes it
constexpr uint32_t kMarks = kDoomed | kOrphaned;

thread_local const Hold* innermost = nullptr;

// Only for ends of calls in an object that is being destroyed. Never destroyed themselves.
struct Waiting {
  std::mutex mutex;
  std::condition_variable ended;
};
Waiting& waiting() {
  static auto* const kWaiting = new Waiting;
  return *kWaiting;
}

Status busy(const char* function, const char* argument, uint32_t state, const char* other) {
  if ((state & kDoomed) != 0) {
    return failed_precondition("{}: argument '{}' is being destroyed", function, argument);
  }
  return failed_precondition(
      "{}: argument '{}' is busy, {}() has not returned; an object takes one call at a time, and "
      "what a callback may call is marked \"any thread\"",
      function, argument, other == nullptr ? "another function" : other);
}

}  // namespace

bool Hold::held_by_this_thread(const Lockable* object) {
  for (const Hold* hold = innermost; hold != nullptr; hold = hold->outer_) {
    if (hold->object_ == object) return true;
  }
  return false;
}

Status Hold::acquire(const Lockable* object, const char* argument, bool alone,
                     const char* function) {
  uint32_t state = object->state_.load(std::memory_order_relaxed);
  do {
    const bool free = (state & ~kMarks) == 0 || (!alone && (state & kAlone) == 0);
    if (!free || (state & kDoomed) != 0) {
      return busy(function, argument, state, object->function_.load(std::memory_order_relaxed));
    }
  } while (!object->state_.compare_exchange_weak(
      state, state + (alone ? kAlone : 1), std::memory_order_acquire, std::memory_order_relaxed));
  object->function_.store(function, std::memory_order_relaxed);
  object_ = object;
  share_ = alone ? kAlone : 1;
  outer_ = innermost;
  innermost = this;
  return Status::ok();
}

Hold::~Hold() {
  if (object_ == nullptr) return;
  innermost = outer_;
  release();
}

void Hold::release() noexcept {
  uint32_t state = object_->state_.load(std::memory_order_relaxed);
  while ((state & kDoomed) == 0) {
    // Once this succeeds another thread may delete the object: it is not touched again.
    if (object_->state_.compare_exchange_weak(state, state - share_, std::memory_order_release,
                                              std::memory_order_relaxed)) {
      return;
    }
  }
  bool last_of_orphan = false;
  {
    // Whoever waits holds the mutex when it looks, so the object lives until this block ends.
    std::lock_guard lock(waiting().mutex);
    const uint32_t left = object_->state_.fetch_sub(share_, std::memory_order_acq_rel) - share_;
    last_of_orphan = left == kMarks;
    if (left == kDoomed) waiting().ended.notify_all();
  }
  if (last_of_orphan) delete object_;
}

void destroy(Lockable* object) noexcept {
  if (object == nullptr) return;
  const bool from_inside = Hold::held_by_this_thread(object);
  const uint32_t before = object->state_.fetch_or(from_inside ? kMarks : kDoomed);
  if ((before & kDoomed) != 0) return;  // somebody does it already
  if ((before & ~kMarks) != 0) object->interrupt();
  if (from_inside) return;
  {
    std::unique_lock lock(waiting().mutex);
    waiting().ended.wait(lock, [&] { return (object->state_.load() & ~kMarks) == 0; });
  }
  delete object;
}

}  // namespace raddle::capi
