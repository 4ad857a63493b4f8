// SPDX-License-Identifier: Apache-2.0
#include "raddle/stop.h"

#include <utility>

#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"

using raddle::Status;
using raddle::StopGrade;
using raddle::capi::border;

static_assert(RADDLE_STOP_NONE == static_cast<int32_t>(StopGrade::kNone));
static_assert(RADDLE_STOP_REQUESTED == static_cast<int32_t>(StopGrade::kStop));
static_assert(RADDLE_STOP_CANCELLED == static_cast<int32_t>(StopGrade::kCancel));

raddle_status_t raddle_stop_create(raddle_stop_t** out_stop) {
  return border(__func__, {RADDLE_ARGUMENT(out_stop)}, [&]() -> Status {
    *out_stop = new raddle_stop;
    return Status::ok();
  });
}

void raddle_stop_destroy(raddle_stop_t** stop) {
  if (stop == nullptr) return;
  delete std::exchange(*stop, nullptr);
}

// These load and store atomics and nothing else, so a signal handler may call them.

void raddle_stop_request(raddle_stop_t* stop) {
  if (stop != nullptr) stop->token->stop();
}

void raddle_stop_cancel(raddle_stop_t* stop) {
  if (stop != nullptr) stop->token->cancel();
}

raddle_stop_grade_t raddle_stop_grade(const raddle_stop_t* stop) {
  return stop == nullptr ? RADDLE_STOP_NONE
                         : static_cast<raddle_stop_grade_t>(stop->token->grade());
}

int64_t raddle_stop_done(const raddle_stop_t* stop) {
  return stop == nullptr ? 0 : stop->token->done();
}

int64_t raddle_stop_total(const raddle_stop_t* stop) {
  return stop == nullptr ? 0 : stop->token->total();
}
