// SPDX-License-Identifier: Apache-2.0
// Between the structs of a session's functions and what the core takes and gives.
#pragma once

#include <span>

#include "raddle/session.h"
#include "runtime/session/session.h"

namespace raddle::capi {

raddle_metrics_t to_c(const session::StepMetrics& metrics);
raddle_evaluation_t to_c(const session::Evaluation& evaluation);

StatusOr<session::CallerBatch> to_batch(const raddle_batch_t* given);
// Arrays whose elements are as large as the first one says. What is returned is the session's own,
// so that a step allocates nothing. INVALID_ARGUMENT: no batch; more than train.micro_batches for a
// step; more inputs than the graph has.
StatusOr<std::span<const session::CallerBatch>> to_batches(raddle_session_t* session,
                                                           const raddle_batch_t* batches,
                                                           int64_t count);
StatusOr<std::span<const session::CallerBatch>> to_step(raddle_session_t* session,
                                                        const raddle_batch_t* batches,
                                                        int64_t count);
StatusOr<std::span<const session::InputView>> to_inputs(raddle_session_t* session,
                                                        const raddle_tensor_view_t* inputs,
                                                        int64_t count);

// An event of the core as callers see it; borrows what the core's points to.
struct EventForCaller {
  explicit EventForCaller(const session::Event& event);
  EventForCaller(const EventForCaller&) = delete;
  EventForCaller& operator=(const EventForCaller&) = delete;

  raddle_metrics_t metrics;
  raddle_evaluation_t evaluation;
  raddle_event_t event = {};
};

raddle_train_result_t to_c(const session::TrainResult& result);
raddle_generate_result_t to_c(const session::GenerateResult& result);
StatusOr<session::GenerateOptions> read_generate_options(const raddle_generate_options_t* options);

}  // namespace raddle::capi
