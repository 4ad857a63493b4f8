// SPDX-License-Identifier: Apache-2.0
// How a training run looks while it runs: one line that is redrawn on a terminal, one line every so
// many steps elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "raddle/session.h"

namespace raddle::cli {

class Progress {
 public:
  // `peak_flops`: the machine's measured peak per second, 0 if it was not measured.
  Progress(int64_t line_interval, double peak_flops)
      : line_interval_(line_interval), peak_flops_(peak_flops) {}

  void on_event(const raddle_event_t& event);

 private:
  void on_step(const raddle_event_t& event);
  std::string step_line(const raddle_event_t& event) const;

  int64_t line_interval_;
  double peak_flops_;
  double smooth_step_ms_ = 0;
};

}  // namespace raddle::cli
