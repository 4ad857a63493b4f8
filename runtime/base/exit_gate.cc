// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/exit_gate.h"

#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "runtime/base/clock.h"

namespace raddle {
namespace {

constexpr int64_t kWaitNs = 5'000'000'000;

std::atomic<int> inside{0};
std::atomic<bool> closed{false};
std::atomic<pid_t> process{0};
// A signal handler may call exit() in the middle of a pass; it must not wait for itself.
thread_local int inside_here = 0;

void on_exit_of_process() { ExitGate::close(); }

}  // namespace

// The order of the two accesses is what makes it safe: whoever finds the gate open is counted
// before close() looks.
ExitGate::Pass::Pass() noexcept {
  inside.fetch_add(1);
  open_ = !closed.load();
  if (open_) {
    ++inside_here;
  } else {
    inside.fetch_sub(1);
  }
}

ExitGate::Pass::~Pass() {
  if (!open_) return;
  --inside_here;
  inside.fetch_sub(1);
}

void ExitGate::come_before_handlers_so_far() {
  process.store(getpid());
  static_cast<void>(std::atexit(&on_exit_of_process));  // without room for it exit is as it was
}

void ExitGate::close() noexcept {
  if (process.load() != getpid()) return;  // a forked child has the count, but not the threads
  closed.store(true);
  const int64_t deadline = now_ns() + kWaitNs;
  while (inside.load() > inside_here && now_ns() < deadline) sched_yield();
}

}  // namespace raddle
