// SPDX-License-Identifier: Apache-2.0
// Logging goes to a sink that the owner of the context installs; with no sink it goes nowhere. The
// library itself never prints. Log once, where the error or the choice is decided.
#pragma once

#include <fmt/core.h>

#include <string_view>
#include <utility>

namespace raddle {

enum class LogLevel : int { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };

// Called from any thread, one call at a time; must not call back into Raddle.
using LogSink = void (*)(void* user_data, LogLevel level, std::string_view message);

// Installs the process-wide sink (null: silence) and the lowest level that reaches it.
void set_log_sink(LogSink sink, void* user_data, LogLevel lowest);
bool log_enabled(LogLevel level);
void log_message(LogLevel level, std::string_view message);

template <class... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(level)) log_message(level, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kInfo, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kWarning, format, std::forward<Args>(args)...);
}

}  // namespace raddle
