// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/busy.h"

#include <condition_variable>
#include <mutex>
#include <string_view>
#include <utility>

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

Status busy(const char* function, const char* argument, uint32_t state, const char* other,
            bool inside) {
  if ((state & kDoomed) != 0) {
    return failed_precondition("{}: argument '{}' is being destroyed", function, argument);
  }
  const char* name = other == nullptr ? "another function" : other;
  if (inside) {
    return failed_precondition(
        "{}: argument '{}' is busy, {}() has not returned: this is one of its callbacks, which may "
        "call what is marked \"in a callback\"; do it when the call is over",
        function, argument, name);
  }
  if (std::string_view(name).ends_with("_start")) {
    return failed_precondition(
        "{}: argument '{}' is busy with the operation of {}(), which has not ended; stop it, or "
        "wait for it with raddle_operation_join()",
        function, argument, name);
  }
  return failed_precondition(
      "{}: argument '{}' is busy, {}() has not returned; an object takes one call at a time",
      function, argument, name);
}

}  // namespace

bool Hold::held_by_this_thread(const Lockable* object) {
  for (const Hold* hold = innermost; hold != nullptr; hold = hold->outer_) {
    if (hold->object_ == object) return true;
  }
  return false;
}

bool Hold::any_by_this_thread() { return innermost != nullptr; }

// `share` is added to the state: 1, or kAlone.
Status take(const Lockable* object, const char* argument, uint32_t share, const char* function) {
  uint32_t state = object->state_.load(std::memory_order_relaxed);
  do {
    const bool free = (state & ~kMarks) == 0 || (share == 1 && (state & kAlone) == 0);
    if (!free || (state & kDoomed) != 0) {
      return busy(function, argument, state, object->function_.load(std::memory_order_relaxed),
                  Hold::held_by_this_thread(object));
    }
  } while (!object->state_.compare_exchange_weak(state, state + share, std::memory_order_acquire,
                                                 std::memory_order_relaxed));
  object->function_.store(function, std::memory_order_relaxed);
  return Status::ok();
}

Status Hold::acquire(const Lockable* object, const char* argument, Share share,
                     const char* function) {
  const bool doomed = (object->state_.load(std::memory_order_relaxed) & kDoomed) != 0;
  if (share == Share::kAloneOrInside && !doomed && held_by_this_thread(object)) {
    return Status::ok();  // of the call around it
  }
  share_ = share == Share::kRead ? 1 : kAlone;
  RADDLE_RETURN_IF_ERROR(take(object, argument, share_, function));
  object_ = object;
  outer_ = innermost;
  innermost = this;
  return Status::ok();
}

Hold::~Hold() {
  if (object_ == nullptr) return;
  innermost = outer_;
  give_back(object_, share_);
}

Status Lease::acquire(const Lockable* object, const char* argument, const char* function) {
  RADDLE_RETURN_IF_ERROR(take(object, argument, kAlone, function));
  object_ = object;
  return Status::ok();
}

void Lease::release() noexcept {
  if (object_ != nullptr) give_back(std::exchange(object_, nullptr), kAlone);
}

void give_back(const Lockable* object, uint32_t share) noexcept {
  uint32_t state = object->state_.load(std::memory_order_relaxed);
  while ((state & kDoomed) == 0) {
    // Once this succeeds another thread may delete the object: it is not touched again.
    if (object->state_.compare_exchange_weak(state, state - share, std::memory_order_release,
                                             std::memory_order_relaxed)) {
      return;
    }
  }
  bool last_of_orphan = false;
  {
    // Whoever waits holds the mutex when it looks, so the object lives until this block ends.
    std::lock_guard lock(waiting().mutex);
    const uint32_t left = object->state_.fetch_sub(share, std::memory_order_acq_rel) - share;
    last_of_orphan = left == kMarks;
    if (left == kDoomed) waiting().ended.notify_all();
  }
  if (last_of_orphan) delete object;
}

void destroy(Lockable* object) noexcept {
  if (object == nullptr) return;
  const bool waits = !Hold::any_by_this_thread();
  const uint32_t mark = waits ? kDoomed : kMarks;
  const uint32_t own = waits ? 0 : 1;  // a share that keeps it alive meanwhile
  uint32_t before = object->state_.load(std::memory_order_relaxed);
  do {
    if ((before & kDoomed) != 0) return;  // somebody does it already
  } while (!object->state_.compare_exchange_weak(before, (before | mark) + own));
  if ((before & ~kMarks) != 0) object->interrupt();
  if (!waits) return give_back(object, own);
  // A call of a thread that fork() left in the parent never ends: what it has is left as it is.
  const bool has_calls = (object->state_.load() & ~kMarks) != 0;
  if (has_calls && object->process_ != ::getpid()) return;
  {
    std::unique_lock lock(waiting().mutex);
    waiting().ended.wait(lock, [&] { return (object->state_.load() & ~kMarks) == 0; });
  }
  delete object;
}

}  // namespace raddle::capi
