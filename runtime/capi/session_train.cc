// SPDX-License-Identifier: Apache-2.0
// Sessions: steps, the training loop, evaluation.
#include "raddle/steps.h"
#include "runtime/capi/step_call.h"

using raddle::invalid_argument;
using raddle::Status;
using raddle::StatusOr;
using raddle::StopToken;
using raddle::capi::border;
using raddle::capi::CallStop;
using raddle::capi::check_output_struct;
using raddle::capi::step_call;
using raddle::capi::to_c;
using raddle::session::CallerBatch;
using raddle::session::Evaluation;
using raddle::session::Event;
using raddle::session::StepMetrics;

static_assert(RADDLE_EVENT_STEP == static_cast<int32_t>(Event::Kind::kStep));
static_assert(RADDLE_EVENT_EVALUATION == static_cast<int32_t>(Event::Kind::kEvaluation));
static_assert(RADDLE_EVENT_CHECKPOINT == static_cast<int32_t>(Event::Kind::kCheckpoint));
static_assert(RADDLE_EVENT_WARNING == static_cast<int32_t>(Event::Kind::kWarning));
static_assert(RADDLE_EVENT_TOKEN == static_cast<int32_t>(Event::Kind::kToken));

namespace {

// Hands the core's events to a C callback.
bool deliver(const Event& event, raddle_event_callback_t callback, void* user_data) {
  if (callback == nullptr) return true;
  const raddle::capi::EventForCaller given(event);
  return callback(user_data, &given.event) == 0;
}

}  // namespace

raddle_status_t raddle_session_step(raddle_session_t* session, const raddle_batch_t* batches,
                                    int64_t batch_count, raddle_stop_t* stop,
                                    raddle_metrics_t* out_metrics) {
  return step_call(__func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(batches)}, session, stop,
                   out_metrics, [&](StepMetrics* metrics, StopToken* token) -> Status {
                     RADDLE_ASSIGN_OR_RETURN(const auto given,
                                             raddle::capi::to_step(session, batches, batch_count));
                     return session->session->step(given, metrics, token);
                   });
}

raddle_status_t raddle_session_step_on_data(raddle_session_t* session, raddle_stop_t* stop,
                                            raddle_metrics_t* out_metrics) {
  return step_call(__func__, {RADDLE_ARGUMENT(session)}, session, stop, out_metrics,
                   [&](StepMetrics* metrics, StopToken* token) -> Status {
                     return session->session->step_on_data(metrics, token);
                   });
}

raddle_status_t raddle_session_step_inputs(raddle_session_t* session,
                                           const raddle_tensor_view_t* inputs, int64_t input_count,
                                           raddle_stop_t* stop, raddle_metrics_t* out_metrics) {
  return step_call(__func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(inputs)}, session, stop,
                   out_metrics, [&](StepMetrics* metrics, StopToken* token) -> Status {
                     RADDLE_ASSIGN_OR_RETURN(const auto given,
                                             raddle::capi::to_inputs(session, inputs, input_count));
                     return session->session->step_inputs(given, metrics, token);
                   });
}

raddle_status_t raddle_session_evaluate(raddle_session_t* session, raddle_stop_t* stop,
                                        raddle_evaluation_t* out_evaluation) {
  return border(
      __func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(out_evaluation)}, [&]() -> Status {
        RADDLE_RETURN_IF_ERROR(check_output_struct("out_evaluation", out_evaluation));
        CallStop call(stop, &session->ending);
        RADDLE_ASSIGN_OR_RETURN(const Evaluation found, session->session->evaluate(&call.token));
        raddle::capi::write_struct(out_evaluation, to_c(found));
        return Status::ok();
      });
}

namespace {

// A caller's function as a source of batches.
raddle::session::BatchSource source_of(raddle_batch_source_t source, void* source_data) {
  return [=](int64_t step, int64_t micro_batch, CallerBatch* batch) -> StatusOr<bool> {
    raddle_batch_t given = RADDLE_BATCH_INIT;
    if (source(source_data, step, micro_batch, &given) != 0) return false;
    StatusOr<CallerBatch> read = raddle::capi::to_batch(&given);
    if (!read.is_ok()) {
      return std::move(read).status().with_context(
          fmt::format("step {}, micro-batch {}", step, micro_batch));
    }
    *batch = *read;
    return true;
  };
}

Status train(raddle_session_t* session, const raddle::session::BatchSource& source,
             raddle_stop_t* stop, raddle_train_result_t* out_result,
             raddle_event_callback_t callback, void* user_data) {
  if (out_result != nullptr) RADDLE_RETURN_IF_ERROR(check_output_struct("out_result", out_result));
  const auto sink = [&](const Event& event) { return deliver(event, callback, user_data); };
  CallStop call(stop, &session->ending);
  RADDLE_ASSIGN_OR_RETURN(const auto done, session->session->train(sink, source, &call.token));
  if (out_result != nullptr) raddle::capi::write_struct(out_result, to_c(done));
  return Status::ok();
}

}  // namespace

raddle_status_t raddle_session_train(raddle_session_t* session, raddle_stop_t* stop,
                                     raddle_train_result_t* out_result,
                                     raddle_event_callback_t callback, void* user_data) {
  return border(__func__, {RADDLE_ARGUMENT(session)},
                [&] { return train(session, nullptr, stop, out_result, callback, user_data); });
}

raddle_status_t raddle_session_train_on(raddle_session_t* session, raddle_batch_source_t source,
                                        void* source_data, raddle_stop_t* stop,
                                        raddle_train_result_t* out_result,
                                        raddle_event_callback_t callback, void* user_data) {
  return border(__func__, {RADDLE_ARGUMENT(session)}, [&]() -> Status {
    if (source == nullptr) {
      return invalid_argument("raddle_session_train_on: argument 'source' is NULL");
    }
    return train(session, source_of(source, source_data), stop, out_result, callback, user_data);
  });
}
