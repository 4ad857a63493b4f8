// SPDX-License-Identifier: Apache-2.0
// Contexts and the way of a log message from the core's one sink to each context's callback.
#include "raddle/context.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/log.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/session/describe.h"

using raddle::LogLevel;
using raddle::Status;
using raddle::capi::border;

namespace {

struct Listeners {
  std::mutex mutex;
  std::vector<const raddle_context*> contexts;
};

// Never destroyed: a context may be freed after static destructors ran.
Listeners& listeners() {
  static auto* const kListeners = new Listeners;
  return *kListeners;
}

// The ABI's levels leave 0 to those who set nothing.
constexpr int kFirstLevel = RADDLE_LOG_DEBUG;
raddle_log_level_t to_c(LogLevel level) { return static_cast<int>(level) + kFirstLevel; }
static_assert(RADDLE_LOG_ERROR == static_cast<int>(LogLevel::kError) + kFirstLevel);

void deliver(void*, LogLevel level, std::string_view message) {
  const std::string text(message);
  std::lock_guard lock(listeners().mutex);
  for (const raddle_context* context : listeners().contexts) {
    if (to_c(level) < context->options.log_level) continue;
    context->options.log_callback(context->options.log_user_data, to_c(level), text.c_str());
  }
}

// The core's sink for the contexts there are. Called without the lock, which deliver() takes.
void install_sink() {
  raddle_log_level_t lowest = RADDLE_LOG_OFF;
  {
    std::lock_guard lock(listeners().mutex);
    for (const raddle_context* context : listeners().contexts) {
      lowest = std::min(lowest, context->options.log_level);
    }
  }
  const bool silent = lowest == RADDLE_LOG_OFF;
  raddle::set_log_sink(silent ? nullptr : &deliver, nullptr,
                       static_cast<LogLevel>((silent ? RADDLE_LOG_ERROR : lowest) - kFirstLevel));
}

}  // namespace

raddle_status_t raddle_context_create(const raddle_context_options_t* options,
                                      raddle_context_t** out_context) {
  return border(__func__, {RADDLE_ARGUMENT(out_context)}, [&]() -> Status {
    const raddle_context_options_t defaults = RADDLE_CONTEXT_OPTIONS_INIT;
    RADDLE_ASSIGN_OR_RETURN(auto read, raddle::capi::read_struct("options", options, defaults));
    if (read.log_level == RADDLE_LOG_DEFAULT) read.log_level = RADDLE_LOG_INFO;
    if (read.log_level < RADDLE_LOG_DEBUG || read.log_level > RADDLE_LOG_OFF) {
      return raddle::invalid_argument("options.log_level is {}; it takes {} to {}", read.log_level,
                                      static_cast<int>(RADDLE_LOG_DEBUG),
                                      static_cast<int>(RADDLE_LOG_OFF));
    }
    auto context = std::make_unique<raddle_context>();
    context->options = read;
    if (read.log_callback != nullptr && read.log_level != RADDLE_LOG_OFF) {
      {
        std::lock_guard lock(listeners().mutex);
        listeners().contexts.push_back(context.get());
      }
      install_sink();
    }
    *out_context = context.release();
    return Status::ok();
  });
}

void raddle_context_destroy(raddle_context_t** context) {
  if (context == nullptr || *context == nullptr) return;
  bool listened = false;
  {
    std::lock_guard lock(listeners().mutex);
    listened = std::erase(listeners().contexts, *context) != 0;
  }
  if (listened) install_sink();
  raddle::capi::destroy(std::exchange(*context, nullptr));
}

raddle_status_t raddle_context_describe(raddle_context_t* context, char** out_json) {
  return border(__func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(out_json)}, [&]() -> Status {
    RADDLE_ASSIGN_OR_RETURN(const std::string json, raddle::session::describe_machine());
    *out_json = raddle::capi::copy_text(json);
    return Status::ok();
  });
}
