// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/thread.h"

#include <pthread.h>

#include <csignal>
#include <exception>
#include <utility>

namespace raddle {

namespace {

// While this lives the calling thread, and so what it starts, takes no signal. Those that its own
// instructions raise stay: a blocked one would end the process without its handler.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
      sigdelset(&blocked, own);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

StatusOr<std::thread> start_thread(const std::string& name, std::function<void()> body) {
  RADDLE_ASSERT(name.size() <= 15);
  const SignalsBlocked blocked;
  try {
    return std::thread([name, run = std::move(body)] {
      pthread_setname_np(pthread_self(), name.c_str());
      run();
    });
  } catch (const std::exception& error) {
    return resource_exhausted("cannot start the thread {}: {}", name, error.what());
  }
}

}  // namespace raddle
