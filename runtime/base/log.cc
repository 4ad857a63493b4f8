// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/log.h"

#include <mutex>

namespace raddle {
namespace {

struct SinkState {
  std::mutex mutex;
  LogSink sink = nullptr;
  void* user_data = nullptr;
  LogLevel lowest = LogLevel::kInfo;
};

SinkState& state() {
  static SinkState instance;
  return instance;
}

}  // namespace

void set_log_sink(LogSink sink, void* user_data, LogLevel lowest) {
  std::lock_guard lock(state().mutex);
  state().sink = sink;
  state().user_data = user_data;
  state().lowest = lowest;
}

bool log_enabled(LogLevel level) {
  std::lock_guard lock(state().mutex);
  return state().sink != nullptr && level >= state().lowest;
}

void log_message(LogLevel level, std::string_view message) {
  std::lock_guard lock(state().mutex);
  if (state().sink != nullptr && level >= state().lowest) {
    state().sink(state().user_data, level, message);
  }
}

}  // namespace raddle
