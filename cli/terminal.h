// SPDX-License-Identifier: Apache-2.0
// stderr: log lines, and one progress line that is redrawn in place on a terminal. stdout is for
// results and is not touched here.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "raddle/context.h"

namespace raddle::cli {

class Terminal {
 public:
  static Terminal& get();

  bool is_terminal() const { return is_terminal_; }
  // Prints a whole line; a progress line that is on the screen is drawn again below it.
  void print_line(std::string_view line);
  void log(raddle_log_level_t level, std::string_view message);
  // Replaces the progress line. On a terminal only; cut to its width.
  void set_progress(std::string line);
  // Leaves the progress line on the screen and ends it.
  void end_progress();

 private:
  Terminal();
  void draw();

  std::mutex mutex_;
  std::string progress_;
  bool is_terminal_;
  bool color_;
};

// Passes the library's log on to the terminal.
void log_to_terminal(void* user_data, raddle_log_level_t level, const char* message);

}  // namespace raddle::cli
