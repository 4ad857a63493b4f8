// SPDX-License-Identifier: Apache-2.0
// Signals that ask the program to end. The first stops what runs in good order, a second changes
// nothing, a third ends the process at once with 128 + its number. A signal that the program was
// started with as ignored (nohup) stays ignored.
#pragma once

#include "cli/api.h"

namespace raddle::cli {

enum class OnStop {
  kDrop,  // cancel: what is half done is no result. SIGINT, SIGTERM, SIGHUP
  kSave,  // finish the step and save. Also what else would end a long run: SIGPIPE (its reader is
          // gone), SIGXCPU, SIGUSR1 and SIGUSR2 (batch systems announce the end by them)
};

// From its making to the end of the process signals are handled; as long as it lives they set what
// get() gives to calls. One at a time.
class StopOnSignal {
 public:
  explicit StopOnSignal(OnStop on_stop);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  raddle_stop_t* get() const { return stop_.get(); }
  // From now on there is a state that will be saved, and a signal says so.
  void announce_saving();

  // The first signal that asked to stop; 0: none has.
  static int received();

 private:
  Stop stop_;
};

}  // namespace raddle::cli
