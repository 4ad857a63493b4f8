// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <fmt/core.h>

#include <algorithm>

#include "cli/terminal.h"
#include "cli/units.h"

namespace raddle::cli {

namespace {

// One slow step (a checkpoint, another process) should not swing the estimate.
constexpr double kSmoothing = 0.05;

std::string bar(int64_t step, int64_t total) {
  constexpr int64_t kCells = 16;
  const int64_t filled = total > 0 ? std::min(kCells, step * kCells / total) : kCells;
  std::string text = "[";
  for (int64_t i = 0; i < kCells; ++i) text += i < filled ? '#' : '.';
  return text + "]";
}

}  // namespace

void Progress::on_event(const raddle_event_t& event) {
  Terminal& terminal = Terminal::get();
  switch (event.kind) {
    case RADDLE_EVENT_STEP:
      return on_step(event);
    case RADDLE_EVENT_EVALUATION:
      return terminal.print_line(
          fmt::format("step {}  validation loss {:.4f}  perplexity {:.3f}{}", event.step,
                      event.evaluation->loss, event.evaluation->perplexity,
                      event.evaluation->bits_per_byte > 0
                          ? fmt::format("  bits/byte {:.4f}", event.evaluation->bits_per_byte)
                          : ""));
    case RADDLE_EVENT_CHECKPOINT:
      return terminal.print_line(fmt::format("step {}  saved {}", event.step, event.path));
    case RADDLE_EVENT_WARNING:
      return terminal.log(RADDLE_LOG_WARNING, event.message);
    default:
      return;
  }
}

void Progress::on_step(const raddle_event_t& event) {
  const raddle_metrics_t& metrics = *event.metrics;
  smooth_step_ms_ = smooth_step_ms_ == 0
                        ? metrics.step_ms
                        : smooth_step_ms_ + kSmoothing * (metrics.step_ms - smooth_step_ms_);
  Terminal& terminal = Terminal::get();
  if (terminal.is_terminal()) {
    terminal.set_progress(
        fmt::format("{} {}", bar(metrics.step, event.steps_total), step_line(event)));
  } else if (metrics.step % line_interval_ == 0 || metrics.step == event.steps_total) {
    terminal.print_line(step_line(event));
  }
}

std::string Progress::step_line(const raddle_event_t& event) const {
  const raddle_metrics_t& metrics = *event.metrics;
  std::string line =
      fmt::format("step {}/{}  loss {:.4f}  {} tok/s", metrics.step, event.steps_total,
                  metrics.loss, human_count(metrics.tokens_per_second));
  if (peak_flops_ > 0) {
    line += fmt::format("  {:.0f}% of peak", 100 * metrics.flops_per_second / peak_flops_);
  } else {
    line += fmt::format("  {}FLOP/s", human_count(metrics.flops_per_second));
  }
  const double left = static_cast<double>(event.steps_total - metrics.step) * smooth_step_ms_;
  return line + fmt::format("  ETA {}  grad {:.3g}  lr {:.3g}", human_seconds(left / 1000),
                            metrics.grad_norm, metrics.learning_rate);
}

}  // namespace raddle::cli
