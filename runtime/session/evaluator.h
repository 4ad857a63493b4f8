// SPDX-License-Identifier: Apache-2.0
// Evaluator: mean next-token loss over a pass of batches. Changes nothing.
#pragma once

#include <functional>
#include <memory>

#include "runtime/data/batch.h"
#include "runtime/models/model_config.h"
#include "runtime/session/planned_program.h"
#include "runtime/session/ranks.h"
#include "runtime/session/session.h"

namespace raddle::session {

class Evaluator {
 public:
  static StatusOr<std::unique_ptr<Evaluator>> create(const models::ModelConfig& model,
                                                     int64_t capacity,
                                                     const plan::PlanOptions& options,
                                                     exec::StateStore& store,
                                                     device::Device& device);
  // Over the batches that `next` fills until it gives false, on this and all other ranks. CANCELLED
  // when `stop` is set before the end: a part is no result.
  using NextBatch = std::function<StatusOr<bool>(data::Batch&)>;
  StatusOr<Evaluation> run(const NextBatch& next, const data::Tokenizer* tokenizer, StopToken* stop,
                           const Ranks& ranks);
  size_t bytes() const { return planned_.executor->arena_bytes(); }

 private:
  explicit Evaluator(int64_t capacity) : batch_(capacity) {}
  PlannedProgram planned_;
  data::Batch batch_;
};

}  // namespace raddle::session
