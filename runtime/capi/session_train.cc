// SPDX-License-Identifier: Apache-2.0
// Sessions: steps, the training loop, evaluation.
#include <cmath>
#include <string>
#include <vector>

#include "raddle/session.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/text.h"

using raddle::invalid_argument;
using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::capi::check_output_struct;
using raddle::capi::short_text;
using raddle::session::CallerBatch;
using raddle::session::Evaluation;
using raddle::session::Event;
using raddle::session::InputView;
using raddle::session::StepMetrics;

static_assert(RADDLE_EVENT_STEP == static_cast<int32_t>(Event::Kind::kStep));
static_assert(RADDLE_EVENT_EVALUATION == static_cast<int32_t>(Event::Kind::kEvaluation));
static_assert(RADDLE_EVENT_CHECKPOINT == static_cast<int32_t>(Event::Kind::kCheckpoint));
static_assert(RADDLE_EVENT_WARNING == static_cast<int32_t>(Event::Kind::kWarning));

namespace {

raddle_metrics_t to_c(const StepMetrics& metrics) {
  raddle_metrics_t result = RADDLE_METRICS_INIT;
  result.step = metrics.step;
  result.loss = metrics.loss;
  result.total_loss = metrics.total_loss;
  result.grad_norm = metrics.grad_norm;
  result.learning_rate = metrics.learning_rate;
  result.step_tokens = metrics.step_tokens;
  result.tokens = metrics.tokens;
  result.step_ms = metrics.step_ms;
  result.tokens_per_second = metrics.tokens_per_second;
  result.flops_per_second = metrics.flops_per_second;
  result.skipped_total = metrics.skipped_total;
  result.skipped = metrics.skipped ? 1 : 0;
  return result;
}

raddle_evaluation_t to_c(const Evaluation& evaluation) {
  raddle_evaluation_t result = RADDLE_EVALUATION_INIT;
  result.step = evaluation.step;
  result.loss = evaluation.loss;
  result.perplexity = std::exp(evaluation.loss);
  result.tokens = evaluation.tokens;
  result.bytes = evaluation.bytes;
  result.seconds = evaluation.seconds;
  if (evaluation.bytes > 0) {
    const double nats = evaluation.loss * static_cast<double>(evaluation.tokens);
    result.bits_per_byte = nats / std::log(2.0) / static_cast<double>(evaluation.bytes);
  }
  return result;
}

Status check_metrics(const raddle_metrics_t* out_metrics) {
  return out_metrics == nullptr ? Status::ok() : check_output_struct("out_metrics", out_metrics);
}

void write_metrics(raddle_metrics_t* out_metrics, const StepMetrics& metrics) {
  if (out_metrics != nullptr) raddle::capi::write_struct(out_metrics, to_c(metrics));
}

template <class T>
std::span<const T> span_of(const T* data, int64_t count) {
  if (data == nullptr) return {};
  return {data, static_cast<size_t>(count)};
}

StatusOr<CallerBatch> to_batch(const raddle_batch_t* given) {
  const raddle_batch_t defaults = RADDLE_BATCH_INIT;
  RADDLE_ASSIGN_OR_RETURN(const auto batch, raddle::capi::read_struct("batch", given, defaults));
  if (batch.token_count < 1 || batch.tokens == nullptr) {
    return invalid_argument("a batch needs tokens; token_count is {} and tokens is {}",
                            batch.token_count, batch.tokens == nullptr ? "NULL" : "not NULL");
  }
  if (batch.cu_seqlens == nullptr && batch.sequence_count != 0 && batch.sequence_count != 1) {
    return invalid_argument("sequence_count is {} and cu_seqlens is NULL, which is one sequence",
                            batch.sequence_count);
  }
  if (batch.cu_seqlens != nullptr &&
      (batch.sequence_count < 1 || batch.sequence_count > batch.token_count)) {
    return invalid_argument("sequence_count is {}, expected 1 to the {} tokens of the batch",
                            batch.sequence_count, batch.token_count);
  }
  const int64_t count = batch.token_count;
  return CallerBatch{
      span_of(batch.tokens, count), span_of(batch.targets, count), span_of(batch.positions, count),
      span_of(batch.cu_seqlens, batch.sequence_count + 1), span_of(batch.weights, count)};
}

// Element `index` of an array whose elements are as large as the first one says.
template <class T>
StatusOr<const T*> element(const char* name, const T* array, int64_t index) {
  RADDLE_RETURN_IF_ERROR(check_output_struct(name, array));
  size_t stride = 0, bytes = 0;
  std::memcpy(&stride, array, sizeof(stride));
  const char* at = reinterpret_cast<const char*>(array) + static_cast<size_t>(index) * stride;
  std::memcpy(&bytes, at, sizeof(bytes));
  if (bytes == stride) return reinterpret_cast<const T*>(at);
  return invalid_argument("{}[{}]: struct_size is {}, expected {} as in {}[0]", name, index, bytes,
                          stride, name);
}

StatusOr<InputView> to_input(const raddle_tensor_view_t* given) {
  const raddle_tensor_view_t defaults = RADDLE_TENSOR_VIEW_INIT;
  RADDLE_ASSIGN_OR_RETURN(const auto view, raddle::capi::read_struct("input", given, defaults));
  if (view.name == nullptr || view.data == nullptr) {
    return invalid_argument("an input's {} is NULL", view.name == nullptr ? "name" : "data");
  }
  RADDLE_ASSIGN_OR_RETURN(const std::string_view name, short_text("an input's name", view.name));
  if (view.rank < 0 || view.rank > RADDLE_RANK_MAX) {
    return invalid_argument("input {} has rank {}, expected 0 to {}", name, view.rank,
                            RADDLE_RANK_MAX);
  }
  if (view.dtype < RADDLE_F32 || view.dtype > RADDLE_U32) {
    return invalid_argument("input {}: there is no element type {}", name, view.dtype);
  }
  for (int32_t i = 0; i < view.rank; ++i) {
    if (view.dims[i] >= 1) continue;
    return invalid_argument("input {}: dims[{}] is {}, expected 1 or more", name, i, view.dims[i]);
  }
  return InputView{name, static_cast<raddle::DType>(view.dtype),
                   raddle::Shape(std::span(view.dims, static_cast<size_t>(view.rank))), view.data};
}

// Hands the core's events to a C callback.
bool deliver(const Event& event, raddle_event_callback_t callback, void* user_data) {
  if (callback == nullptr) return true;
  raddle_metrics_t metrics;
  raddle_evaluation_t evaluation;
  raddle_event_t given = {};
  given.struct_size = sizeof(given);
  given.kind = static_cast<raddle_event_kind_t>(event.kind);
  given.step = event.step;
  given.steps_total = event.steps_total;
  if (event.metrics != nullptr) {
    metrics = to_c(*event.metrics);
    given.metrics = &metrics;
  }
  if (event.evaluation != nullptr) {
    evaluation = to_c(*event.evaluation);
    given.evaluation = &evaluation;
  }
  given.path = event.path == nullptr ? nullptr : event.path->c_str();
  given.message = event.message == nullptr ? nullptr : event.message->c_str();
  return callback(user_data, &given) == 0;
}

}  // namespace

raddle_status_t raddle_session_step(raddle_session_t* session, const raddle_batch_t* batches,
                                    int64_t batch_count, raddle_metrics_t* out_metrics) {
  return border(__func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(batches)}, [&]() -> Status {
    RADDLE_RETURN_IF_ERROR(check_metrics(out_metrics));
    const int64_t most = session->session->info().micro_batches;
    if (batch_count < 1 || batch_count > most) {
      return invalid_argument("batch_count is {}, expected 1 to train.micro_batches = {}",
                              batch_count, most);
    }
    std::vector<CallerBatch> given;
    for (int64_t i = 0; i < batch_count; ++i) {
      RADDLE_ASSIGN_OR_RETURN(const raddle_batch_t* one, element("batches", batches, i));
      RADDLE_ASSIGN_OR_RETURN(const CallerBatch batch, to_batch(one));
      given.push_back(batch);
    }
    StepMetrics metrics;
    RADDLE_RETURN_IF_ERROR(session->session->step(given, &metrics));
    write_metrics(out_metrics, metrics);
    return Status::ok();
  });
}

raddle_status_t raddle_session_step_on_data(raddle_session_t* session,
                                            raddle_metrics_t* out_metrics) {
  return border(__func__, {RADDLE_ARGUMENT(session)}, [&]() -> Status {
    RADDLE_RETURN_IF_ERROR(check_metrics(out_metrics));
    StepMetrics metrics;
    RADDLE_RETURN_IF_ERROR(session->session->step_on_data(&metrics));
    write_metrics(out_metrics, metrics);
    return Status::ok();
  });
}

raddle_status_t raddle_session_step_inputs(raddle_session_t* session,
                                           const raddle_tensor_view_t* inputs, int64_t input_count,
                                           raddle_metrics_t* out_metrics) {
  return border(__func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(inputs)}, [&]() -> Status {
    RADDLE_RETURN_IF_ERROR(check_metrics(out_metrics));
    RADDLE_ASSIGN_OR_RETURN(const int64_t most, session->session->input_count());
    if (input_count < 0 || input_count > most) {
      return invalid_argument("input_count is {}, expected at most the {} inputs of the graph",
                              input_count, most);
    }
    std::vector<InputView> given;
    for (int64_t i = 0; i < input_count; ++i) {
      RADDLE_ASSIGN_OR_RETURN(const raddle_tensor_view_t* one, element("inputs", inputs, i));
      RADDLE_ASSIGN_OR_RETURN(const InputView view, to_input(one));
      given.push_back(view);
    }
    StepMetrics metrics;
    RADDLE_RETURN_IF_ERROR(session->session->step_inputs(given, &metrics));
    write_metrics(out_metrics, metrics);
    return Status::ok();
  });
}

raddle_status_t raddle_session_evaluate(raddle_session_t* session,
                                        raddle_evaluation_t* out_evaluation) {
  return border(__func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(out_evaluation)},
                [&]() -> Status {
                  RADDLE_RETURN_IF_ERROR(check_output_struct("out_evaluation", out_evaluation));
                  RADDLE_ASSIGN_OR_RETURN(const Evaluation found, session->session->evaluate());
                  raddle::capi::write_struct(out_evaluation, to_c(found));
                  return Status::ok();
                });
}

raddle_status_t raddle_session_train(raddle_session_t* session, raddle_train_result_t* out_result,
                                     raddle_event_callback_t callback, void* user_data) {
  return border(__func__, {RADDLE_ARGUMENT(session)}, [&]() -> Status {
    if (out_result != nullptr) {
      RADDLE_RETURN_IF_ERROR(check_output_struct("out_result", out_result));
    }
    RADDLE_ASSIGN_OR_RETURN(const auto done, session->session->train([&](const Event& event) {
      return deliver(event, callback, user_data);
    }));
    raddle_train_result_t result = RADDLE_TRAIN_RESULT_INIT;
    result.steps_done = done.steps_done;
    result.stopped = done.stopped ? 1 : 0;
    result.saved = done.saved ? 1 : 0;
    result.seconds = done.seconds;
    if (out_result != nullptr) raddle::capi::write_struct(out_result, result);
    return Status::ok();
  });
}
