// SPDX-License-Identifier: Apache-2.0
#include "cli/api.h"

#include <signal.h>

#include "cli/signals.h"

namespace raddle::cli {

int interrupted_exit_code() {
  const int number = StopOnSignal::received();
  return 128 + (number != 0 ? number : SIGINT);
}

int exit_code_of(raddle_code_t code) {
  switch (code) {
    case RADDLE_CANCELLED:
      return interrupted_exit_code();
    case RADDLE_OK:
      return kExitDone;
    case RADDLE_NOT_FOUND:
    case RADDLE_OUT_OF_RANGE:
    case RADDLE_DATA_LOSS:
      return kExitData;
    case RADDLE_RESOURCE_EXHAUSTED:
      return kExitSystem;
    case RADDLE_UNAVAILABLE:
    case RADDLE_ABORTED:
      return kExitUnavailable;
    case RADDLE_NUMERIC:
      return kExitDiverged;
    case RADDLE_IO:
      return kExitIo;
    case RADDLE_INVALID_ARGUMENT:
    case RADDLE_ALREADY_EXISTS:
    case RADDLE_FAILED_PRECONDITION:
    case RADDLE_UNIMPLEMENTED:
      return kExitConfig;
    default:
      return kExitInternal;
  }
}

void check(raddle_status_t status) {
  if (status == nullptr) return;
  const int code = exit_code_of(raddle_status_code(status));
  const std::string message = raddle_status_message(status);
  raddle_status_destroy(&status);
  throw Failure(code, message);
}

// The ABI gives values as texts, and has checked that this one is a number.
int64_t get_int(const Config& config, const char* key) {
  const char* text = nullptr;
  check(raddle_config_get(config.get(), key, &text));
  return std::stoll(text);
}

}  // namespace raddle::cli
