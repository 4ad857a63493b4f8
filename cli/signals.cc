// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.h"

#include <signal.h>

#include <atomic>

namespace raddle::cli {

namespace {

std::atomic<raddle_session_t*> stopped_session{nullptr};
std::atomic<int> signal_count{0};
static_assert(std::atomic<raddle_session_t*>::is_always_lock_free);
static_assert(std::atomic<int>::is_always_lock_free);

// Only what a signal handler may do: atomics, signal(), and the two calls that are documented safe.
void on_signal(int number) {
  raddle_session_t* session = stopped_session.load();
  const int count = ++signal_count;
  if (session == nullptr || count > 2) {
    signal(number, SIG_DFL);
    raise(number);
  } else if (count == 1) {
    raddle_session_request_stop(session);
  } else {
    raddle_session_cancel(session);
  }
}

void install(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

StopOnSignal::StopOnSignal(raddle_session_t* session) {
  stopped_session.store(session);
  install(&on_signal);
}

StopOnSignal::~StopOnSignal() {
  install(SIG_DFL);
  stopped_session.store(nullptr);
}

int StopOnSignal::received() { return signal_count.load(); }

}  // namespace raddle::cli
