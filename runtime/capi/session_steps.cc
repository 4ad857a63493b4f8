// SPDX-License-Identifier: Apache-2.0
// Steps by hand: halves of a step, a graph's outputs, tensors by copy.
#include <cmath>

#include "raddle/steps.h"
#include "runtime/capi/step_call.h"
#include "runtime/capi/tensors.h"
#include "runtime/capi/text.h"

using raddle::invalid_argument;
using raddle::Status;
using raddle::StatusOr;
using raddle::StopToken;
using raddle::capi::border;
using raddle::capi::CallStop;
using raddle::capi::step_call;
using raddle::session::BackwardOptions;
using raddle::session::StateTensor;
using raddle::session::StepMetrics;

namespace {

StatusOr<bool> flag(const char* name, int32_t value) {
  if (value == 0 || value == 1) return value == 1;
  return invalid_argument("{} is {}, expected 0 or 1", name, value);
}

Status check_reserved(int32_t reserved) {
  if (reserved == 0) return Status::ok();
  return invalid_argument("options.reserved is {}, expected 0: this library knows no meaning of it",
                          reserved);
}

StatusOr<BackwardOptions> read_options(const raddle_backward_options_t* given) {
  const raddle_backward_options_t defaults = RADDLE_BACKWARD_OPTIONS_INIT;
  RADDLE_ASSIGN_OR_RETURN(const auto options,
                          raddle::capi::read_struct("options", given, defaults));
  RADDLE_RETURN_IF_ERROR(check_reserved(options.reserved));
  BackwardOptions read;
  RADDLE_ASSIGN_OR_RETURN(read.accumulate, flag("options.accumulate", options.accumulate));
  read.weight_sum = options.weight_sum;
  if (std::isfinite(read.weight_sum) && read.weight_sum >= 0) return read;
  return invalid_argument("options.weight_sum is {}, expected 0 or more", read.weight_sum);
}

StatusOr<std::optional<double>> read_rate(const raddle_apply_options_t* given) {
  const raddle_apply_options_t defaults = RADDLE_APPLY_OPTIONS_INIT;
  RADDLE_ASSIGN_OR_RETURN(const auto options,
                          raddle::capi::read_struct("options", given, defaults));
  RADDLE_ASSIGN_OR_RETURN(const bool own,
                          flag("options.own_learning_rate", options.own_learning_rate));
  RADDLE_RETURN_IF_ERROR(check_reserved(options.reserved));
  if (!own) return std::optional<double>();
  constexpr double kMost = 3e38;  // as optimizer.learning_rate: it is an F32 number
  if (options.learning_rate >= 0 && options.learning_rate <= kMost) {
    return std::optional<double>(options.learning_rate);
  }
  return invalid_argument("options.learning_rate is {}, expected 0 to {}", options.learning_rate,
                          kMost);
}

}  // namespace

raddle_status_t raddle_session_backward(raddle_session_t* session, const raddle_batch_t* batches,
                                        int64_t batch_count,
                                        const raddle_backward_options_t* options,
                                        raddle_stop_t* stop, raddle_metrics_t* out_metrics) {
  return step_call(__func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(batches)}, session, stop,
                   out_metrics, [&](StepMetrics* metrics, StopToken* token) -> Status {
                     RADDLE_ASSIGN_OR_RETURN(const BackwardOptions read, read_options(options));
                     RADDLE_ASSIGN_OR_RETURN(const auto given,
                                             raddle::capi::to_step(session, batches, batch_count));
                     return session->session->backward(given, read, metrics, token);
                   });
}

raddle_status_t raddle_session_backward_inputs(raddle_session_t* session,
                                               const raddle_tensor_view_t* inputs,
                                               int64_t input_count,
                                               const raddle_backward_options_t* options,
                                               raddle_stop_t* stop, raddle_metrics_t* out_metrics) {
  return step_call(__func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(inputs)}, session, stop,
                   out_metrics, [&](StepMetrics* metrics, StopToken* token) -> Status {
                     RADDLE_ASSIGN_OR_RETURN(const BackwardOptions read, read_options(options));
                     RADDLE_ASSIGN_OR_RETURN(const auto given,
                                             raddle::capi::to_inputs(session, inputs, input_count));
                     return session->session->backward_inputs(given, read, metrics, token);
                   });
}

raddle_status_t raddle_session_apply(raddle_session_t* session,
                                     const raddle_apply_options_t* options,
                                     raddle_metrics_t* out_metrics) {
  return step_call(__func__, {RADDLE_ARGUMENT(session)}, session, nullptr, out_metrics,
                   [&](StepMetrics* metrics, StopToken*) -> Status {
                     RADDLE_ASSIGN_OR_RETURN(const std::optional<double> rate, read_rate(options));
                     return session->session->apply(rate, metrics);
                   });
}

raddle_status_t raddle_session_step_tokens(raddle_session_t* session, const int32_t* tokens,
                                           int64_t token_count, const int32_t* targets,
                                           const float* weights, const int32_t* positions,
                                           const int32_t* cu_seqlens, int64_t sequence_count,
                                           raddle_stop_t* stop, raddle_metrics_t* out_metrics) {
  return step_call(__func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(tokens)}, session, stop,
                   out_metrics, [&](StepMetrics* metrics, StopToken* token) -> Status {
                     raddle_batch_t batch = RADDLE_BATCH_INIT;
                     batch.token_count = token_count;
                     batch.tokens = tokens;
                     batch.targets = targets;
                     batch.weights = weights;
                     batch.positions = positions;
                     batch.cu_seqlens = cu_seqlens;
                     batch.sequence_count = sequence_count;
                     RADDLE_ASSIGN_OR_RETURN(const auto given, raddle::capi::to_batch(&batch));
                     return session->session->step(std::span(&given, 1), metrics, token);
                   });
}

raddle_status_t raddle_session_evaluate_batches(raddle_session_t* session,
                                                const raddle_batch_t* batches, int64_t batch_count,
                                                raddle_stop_t* stop,
                                                raddle_evaluation_t* out_evaluation) {
  return border(
      __func__,
      {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(batches), RADDLE_ARGUMENT(out_evaluation)},
      [&]() -> Status {
        RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_evaluation", out_evaluation));
        RADDLE_ASSIGN_OR_RETURN(const auto given,
                                raddle::capi::to_batches(session, batches, batch_count));
        CallStop call(stop, &session->ending);
        RADDLE_ASSIGN_OR_RETURN(const auto found,
                                session->session->evaluate_batches(given, &call.token));
        raddle::capi::write_struct(out_evaluation, raddle::capi::to_c(found));
        return Status::ok();
      });
}

raddle_status_t raddle_session_forward_inputs(raddle_session_t* session,
                                              const raddle_tensor_view_t* inputs,
                                              int64_t input_count, raddle_stop_t* stop,
                                              raddle_metrics_t* out_metrics) {
  return step_call(__func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(inputs)}, session, stop,
                   out_metrics, [&](StepMetrics* metrics, StopToken* token) -> Status {
                     RADDLE_ASSIGN_OR_RETURN(const auto given,
                                             raddle::capi::to_inputs(session, inputs, input_count));
                     return session->session->forward_inputs(given, metrics, token);
                   });
}

raddle_status_t raddle_session_read_output(raddle_session_t* session, const char* name,
                                           void* out_data, size_t bytes) {
  return border(
      __func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(out_data)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const auto text, raddle::capi::short_text("name", name));
        return session->session->read_output(text, {static_cast<std::byte*>(out_data), bytes});
      });
}

raddle_status_t raddle_session_read_tensor(raddle_session_t* session, const char* name,
                                           float* out_values, int64_t count) {
  return border(
      __func__,
      {RADDLE_ARGUMENT_INSIDE(session), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(out_values)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const StateTensor* tensor,
                                raddle::capi::find_tensor(session, name));
        if (count < 0) return invalid_argument("count is {}, expected 0 or more", count);
        return session->session->read_tensor(*tensor, {out_values, static_cast<size_t>(count)});
      });
}

raddle_status_t raddle_session_write_tensor(raddle_session_t* session, const char* name,
                                            const float* values, int64_t count) {
  return border(
      __func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(values)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const StateTensor* tensor,
                                raddle::capi::find_tensor(session, name));
        if (count < 0) return invalid_argument("count is {}, expected 0 or more", count);
        return session->session->write_tensor(*tensor, {values, static_cast<size_t>(count)});
      });
}

raddle_status_t raddle_session_get_config(const raddle_session_t* session,
                                          raddle_config_t** out_config) {
  return border(__func__, {RADDLE_ARGUMENT_INSIDE(session), RADDLE_ARGUMENT(out_config)},
                [&]() -> Status {
                  auto config = std::make_unique<raddle_config>();
                  config->config = session->session->config();
                  *out_config = config.release();
                  return Status::ok();
                });
}
