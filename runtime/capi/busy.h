// SPDX-License-Identifier: Apache-2.0
// One object takes one call at a time. Handles carry a flag that makes a second call an error and
// not a race, and lets destroying wait for the call that runs.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "runtime/base/status.h"

namespace raddle::capi {

// What handles derive from. Calls that change the object hold it alone, calls that only read it
// (through a pointer to const) share it.
class Lockable {
 public:
  Lockable() = default;
  virtual ~Lockable() = default;
  Lockable(const Lockable&) = delete;
  Lockable& operator=(const Lockable&) = delete;

 private:
  friend class Hold;
  friend class Lease;
  friend Status take(const Lockable*, const char*, uint32_t, const char*);
  friend void give_back(const Lockable*, uint32_t) noexcept;
  friend void destroy(Lockable* object) noexcept;
  // Makes a running call return soon, if that is possible. From any thread.
  virtual void interrupt() {}

  mutable std::atomic<uint32_t> state_{0};  // calls that share it, and the bits of busy.cc
  mutable std::atomic<const char*> function_{nullptr};  // that came last, for messages
  const pid_t process_ = ::getpid();
};

// An object that every call shares.
class Shareable : public Lockable {};

// Held for the length of a call.
class Hold {
 public:
  Hold() = default;
  ~Hold();
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  enum class Share {
    kRead,
    kAlone,
    kAloneOrInside
  };  // kAloneOrInside: also inside a callback of
      // a call that has it
  // FAILED_PRECONDITION says which function is in the way. At most once.
  Status acquire(const Lockable* object, const char* argument, Share share, const char* function);

 private:
  friend void destroy(Lockable* object) noexcept;
  friend Status take(const Lockable*, const char*, uint32_t, const char*);
  static bool held_by_this_thread(const Lockable* object);
  static bool any_by_this_thread();  // so it runs a callback

  const Lockable* object_ = nullptr;
  uint32_t share_ = 0;           // what it added to the state
  const Hold* outer_ = nullptr;  // of this thread
};

// Held from a call of one thread to the end of what it began on another.
class Lease {
 public:
  Lease() = default;
  ~Lease() { release(); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Status acquire(const Lockable* object, const char* argument, const char* function);
  void release() noexcept;

 private:
  const Lockable* object_ = nullptr;
};

// Deletes `object`, which may be null. Calls that other threads have in it are interrupted and
// waited for. Inside a callback, whatever call it is of, nobody waits: two threads could destroy
// each other's object there and wait for ever. Then the end of the last call deletes it.
void destroy(Lockable* object) noexcept;

}  // namespace raddle::capi
