// SPDX-License-Identifier: Apache-2.0
// The C ABI with C++ manners, for the command line: handles that free themselves, errors that end
// the program with the right exit code.
#pragma once

#include <stdexcept>
#include <string>

#include "raddle/raddle.h"

namespace raddle::cli {

// Exit codes follow sysexits where it has a name for the case, so that schedulers can tell a run to
// be retried from one to be given up.
enum ExitCode : int {
  kExitDone = 0,
  kExitUsage = 64,        // the command line
  kExitData = 65,         // data or checkpoint missing, damaged or unsuitable
  kExitUnavailable = 69,  // a library, device or peer is missing; may be retried
  kExitInternal = 70,     // a bug in Raddle
  kExitSystem = 71,       // memory, disk space or device
  kExitIo = 74,           // a file could not be read or written
  kExitStopped = 75,      // stopped on request, state on disk: run again with --resume auto
  kExitConfig = 78,       // recipe, environment or --set
  kExitDiverged = 79,     // the numbers are no longer finite; retrying will not help
};

// 128 and the signal that asked to stop: nothing came of the work, and nothing was saved of it.
int interrupted_exit_code();

// Ends the program: `message` goes to stderr, main() returns `exit_code`.
class Failure : public std::runtime_error {
 public:
  Failure(int exit_code, const std::string& message)
      : std::runtime_error(message), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

int exit_code_of(raddle_code_t code);

// Frees the status; throws Failure unless it is OK.
void check(raddle_status_t status);

template <class T, void (*Destroy)(T**)>
class Handle {
 public:
  Handle() = default;
  ~Handle() { Destroy(&handle_); }
  Handle(Handle&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  Handle& operator=(Handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  T* get() const { return handle_; }
  T** out() {
    Destroy(&handle_);
    return &handle_;
  }

 private:
  T* handle_ = nullptr;
};

using Context = Handle<raddle_context_t, raddle_context_destroy>;
using Config = Handle<raddle_config_t, raddle_config_destroy>;
using Plan = Handle<raddle_plan_t, raddle_plan_destroy>;
using Session = Handle<raddle_session_t, raddle_session_destroy>;
using Stop = Handle<raddle_stop_t, raddle_stop_destroy>;
using Tokenizer = Handle<raddle_tokenizer_t, raddle_tokenizer_destroy>;
using World = Handle<raddle_world_t, raddle_world_destroy>;
using Text = Handle<char, raddle_text_destroy>;

// The value of an option that is a whole number.
int64_t get_int(const Config& config, const char* key);

}  // namespace raddle::cli
