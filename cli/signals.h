// SPDX-License-Identifier: Apache-2.0
// SIGINT and SIGTERM while a session works. The first asks it to stop after its step, the second to
// drop what it is doing, the third ends the process as usual.
#pragma once

#include "raddle/session.h"

namespace raddle::cli {

class StopOnSignal {
 public:
  // The session must live at least as long. One at a time.
  explicit StopOnSignal(raddle_session_t* session);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  static int received();  // how many signals have come
};

}  // namespace raddle::cli
