// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace raddle::cli {

namespace {

constexpr std::string_view kClearLine = "\r\x1b[K";

size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

// What nobody can read any more, or has no room, must not end the work that it tells of.
void put(std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

}  // namespace

Terminal& Terminal::get() {
  static Terminal terminal;
  return terminal;
}

Terminal::Terminal() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
  is_terminal_ = isatty(STDERR_FILENO) == 1 && !dumb;
  color_ = is_terminal_ && (no_color == nullptr || *no_color == '\0');
}

void Terminal::draw() {
  if (progress_.empty()) return;
  const size_t width = terminal_width();
  put(fmt::format("{}{}", kClearLine, std::string_view(progress_).substr(0, width - 1)));
}

void Terminal::print_line(std::string_view line) {
  std::lock_guard lock(mutex_);
  put(fmt::format("{}{}\n", progress_.empty() ? "" : kClearLine, line));
  draw();
}

void Terminal::log(raddle_log_level_t level, std::string_view message) {
  if (level < RADDLE_LOG_WARNING) return print_line(message);
  const bool error = level >= RADDLE_LOG_ERROR;
  const std::string_view color = error ? "\x1b[31m" : "\x1b[33m";
  print_line(fmt::format("{}{}:{} {}", color_ ? color : "", error ? "error" : "warning",
                         color_ ? "\x1b[0m" : "", message));
}

void Terminal::set_progress(std::string line) {
  std::lock_guard lock(mutex_);
  if (!is_terminal_) return;
  progress_ = std::move(line);
  draw();
}

void Terminal::end_progress() {
  std::lock_guard lock(mutex_);
  if (progress_.empty()) return;
  put("\n");
  progress_.clear();
}

void log_to_terminal(void*, raddle_log_level_t level, const char* message) {
  Terminal::get().log(level, message);
}

}  // namespace raddle::cli
