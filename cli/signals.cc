// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string_view>

namespace raddle::cli {

namespace {

constexpr int kAskers[] = {SIGINT, SIGTERM, SIGHUP};
constexpr int kEndsOfLongRuns[] = {SIGPIPE, SIGXCPU, SIGUSR1, SIGUSR2};
constexpr int kCountThatEnds = 3;

std::atomic<raddle_stop_t*> stop_to_set{nullptr};
std::atomic<bool> saves{false}, says_that_it_saves{false};
std::atomic<int> first_signal{0};
std::atomic<int> askers_count{0};
std::atomic<int> handlers_running{0};
static_assert(std::atomic<raddle_stop_t*>::is_always_lock_free);
static_assert(std::atomic<int>::is_always_lock_free);

void say(std::string_view line) {
  static_cast<void>(write(STDERR_FILENO, line.data(), line.size()) < 0);
}

// Only what a signal handler may do: atomics, write(), _exit(), and calls that are documented safe.
void on_signal(int number) {
  const int error = errno;
  handlers_running.fetch_add(1);
  int none = 0;
  const bool first = first_signal.compare_exchange_strong(none, number);
  bool asked = false;
  for (const int asker : kAskers) asked |= asker == number;
  const int count = asked ? askers_count.fetch_add(1) + 1 : 0;
  if (count >= kCountThatEnds) _exit(128 + number);
  raddle_stop_t* stop = stop_to_set.load();
  if (saves.load()) {
    raddle_stop_request(stop);
  } else {
    raddle_stop_cancel(stop);
  }
  if (first && stop != nullptr && says_that_it_saves.load()) {
    say("\nstopping; the state will be saved\n");
  } else if (count == kCountThatEnds - 1 && stop != nullptr) {
    say("\nstill stopping; another signal ends this at once\n");
  }
  handlers_running.fetch_sub(1);
  errno = error;
}

void handle(int number) {
  struct sigaction action = {};
  if (sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = &on_signal;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

}  // namespace

StopOnSignal::StopOnSignal(OnStop on_stop) {
  check(raddle_stop_create(stop_.out()));
  saves.store(on_stop == OnStop::kSave);
  stop_to_set.store(stop_.get());
  for (const int number : kAskers) handle(number);
  if (on_stop != OnStop::kSave) return;
  for (const int number : kEndsOfLongRuns) handle(number);
}

StopOnSignal::~StopOnSignal() {
  // The handlers stay: a second signal must not take the first one's exit code from a program that
  // is about to end with it.
  stop_to_set.store(nullptr);
  while (handlers_running.load() != 0) sched_yield();  // in another thread
}

void StopOnSignal::announce_saving() { says_that_it_saves.store(true); }

int StopOnSignal::received() { return first_signal.load(); }

}  // namespace raddle::cli
