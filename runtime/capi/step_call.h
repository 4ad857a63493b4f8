// SPDX-License-Identifier: Apache-2.0
// The frame of every call that steps: how it is stopped, and the metrics that it gives.
#pragma once

#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/session_values.h"

namespace raddle::capi {

// Runs `body(StepMetrics*, StopToken*)`, whose metrics become `out_metrics` if it succeeds.
template <class Body>
raddle_status_t step_call(const char* function, std::initializer_list<Argument> arguments,
                          raddle_session_t* session, raddle_stop_t* stop,
                          raddle_metrics_t* out_metrics, Body&& body) noexcept {
  return border(function, arguments, [&]() -> Status {
    if (out_metrics != nullptr) {
      RADDLE_RETURN_IF_ERROR(check_output_struct("out_metrics", out_metrics));
    }
    CallStop call(stop, &session->ending);
    session::StepMetrics metrics;
    RADDLE_RETURN_IF_ERROR(body(&metrics, &call.token));
    if (out_metrics != nullptr) write_struct(out_metrics, to_c(metrics));
    return Status::ok();
  });
}

}  // namespace raddle::capi
