// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/session_values.h"

#include <cmath>
#include <string>

#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/text.h"

namespace raddle::capi {

using session::CallerBatch;
using session::Evaluation;
using session::InputView;
using session::StepMetrics;

namespace {

template <class T>
std::span<const T> span_of(const T* data, int64_t count) {
  if (data == nullptr) return {};
  return {data, static_cast<size_t>(count)};
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
  RADDLE_ASSIGN_OR_RETURN(const auto view, read_struct("input", given, defaults));
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
  return InputView{name, static_cast<DType>(view.dtype),
                   Shape(std::span(view.dims, static_cast<size_t>(view.rank))), view.data};
}

}  // namespace

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

StatusOr<CallerBatch> to_batch(const raddle_batch_t* given) {
  const raddle_batch_t defaults = RADDLE_BATCH_INIT;
  RADDLE_ASSIGN_OR_RETURN(const auto batch, read_struct("batch", given, defaults));
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

StatusOr<std::span<const CallerBatch>> to_batches(raddle_session_t* session,
                                                  const raddle_batch_t* batches, int64_t count) {
  if (count < 1) return invalid_argument("batch_count is {}, expected 1 or more", count);
  std::vector<CallerBatch>& out = session->batches;
  out.clear();
  for (int64_t i = 0; i < count; ++i) {
    RADDLE_ASSIGN_OR_RETURN(const raddle_batch_t* one, element("batches", batches, i));
    RADDLE_ASSIGN_OR_RETURN(const CallerBatch batch, to_batch(one));
    out.push_back(batch);
  }
  return std::span<const CallerBatch>(out);
}

StatusOr<std::span<const CallerBatch>> to_step(raddle_session_t* session,
                                               const raddle_batch_t* batches, int64_t count) {
  const int64_t most = session->session->info().micro_batches;
  if (count >= 1 && count <= most) return to_batches(session, batches, count);
  return invalid_argument("batch_count is {}, expected 1 to train.micro_batches = {}", count, most);
}

StatusOr<std::span<const InputView>> to_inputs(raddle_session_t* session,
                                               const raddle_tensor_view_t* inputs, int64_t count) {
  RADDLE_ASSIGN_OR_RETURN(const int64_t most, session->session->input_count());
  if (count < 0 || count > most) {
    return invalid_argument("input_count is {}, expected at most the {} inputs of the graph", count,
                            most);
  }
  std::vector<InputView>& out = session->inputs;
  out.clear();
  for (int64_t i = 0; i < count; ++i) {
    RADDLE_ASSIGN_OR_RETURN(const raddle_tensor_view_t* one, element("inputs", inputs, i));
    RADDLE_ASSIGN_OR_RETURN(const InputView view, to_input(one));
    out.push_back(view);
  }
  return std::span<const InputView>(out);
}

EventForCaller::EventForCaller(const session::Event& from) {
  event.struct_size = sizeof(event);
  event.kind = static_cast<raddle_event_kind_t>(from.kind);
  event.step = from.step;
  event.steps_total = from.steps_total;
  if (from.metrics != nullptr) {
    metrics = to_c(*from.metrics);
    event.metrics = &metrics;
  }
  if (from.evaluation != nullptr) {
    evaluation = to_c(*from.evaluation);
    event.evaluation = &evaluation;
  }
  event.path = from.path == nullptr ? nullptr : from.path->c_str();
  event.message = from.message == nullptr ? nullptr : from.message->c_str();
  if (from.kind != session::Event::Kind::kToken) return;
  event.token = from.token;
  event.text = from.text.data();
  event.text_bytes = from.text.size();
}

raddle_train_result_t to_c(const session::TrainResult& result) {
  raddle_train_result_t given = RADDLE_TRAIN_RESULT_INIT;
  given.steps_done = result.steps_done;
  given.stopped = result.stopped ? 1 : 0;
  given.saved = result.saved ? 1 : 0;
  given.seconds = result.seconds;
  return given;
}

raddle_generate_result_t to_c(const session::GenerateResult& result) {
  raddle_generate_result_t given = RADDLE_GENERATE_RESULT_INIT;
  given.token_count = result.token_count;
  given.prompt_ms = result.prompt_ms;
  given.tokens_per_second = result.tokens_per_second;
  given.ended = result.ended ? 1 : 0;
  return given;
}

StatusOr<session::GenerateOptions> read_generate_options(const raddle_generate_options_t* options) {
  const raddle_generate_options_t defaults = RADDLE_GENERATE_OPTIONS_INIT;
  RADDLE_ASSIGN_OR_RETURN(const auto given, read_struct("options", options, defaults));
  if (given.max_tokens < 0 || std::isnan(given.temperature)) {
    return invalid_argument(
        "options: max_tokens is {} and temperature is {}, expected numbers, "
        "and max_tokens 0 or more",
        given.max_tokens, given.temperature);
  }
  session::GenerateOptions read;
  read.max_tokens = given.max_tokens;
  read.temperature = given.temperature;
  read.top_k = given.top_k;
  read.seed = given.seed;
  read.greedy = given.greedy != 0;
  read.ignore_end = given.ignore_end != 0;
  return read;
}

}  // namespace raddle::capi
