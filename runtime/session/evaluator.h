// SPDX-License-Identifier: Apache-2.0
// Evaluator: mean next-token loss over a pass of batches. Changes nothing.
#pragma once

#include <atomic>
#include <memory>

#include "runtime/data/loader.h"
#include "runtime/models/model_config.h"
#include "runtime/session/planned_program.h"
#include "runtime/session/session.h"

namespace raddle::session {

class Evaluator {
 public:
  static StatusOr<std::unique_ptr<Evaluator>> create(const models::ModelConfig& model,
                                                     int64_t capacity,
                                                     const plan::PlanOptions& options,
                                                     exec::StateStore& store,
                                                     device::Device& device);
  // From the start of `loader`; at most `batches_max` batches (0: all). Stops early when `stop` is
  // set and gives the mean of what it saw; CANCELLED when `cancel` is.
  StatusOr<Evaluation> run(data::Loader& loader, int64_t batches_max,
                           const data::Tokenizer* tokenizer, const std::atomic<bool>& stop,
                           const std::atomic<bool>& cancel);
  size_t bytes() const { return planned_.executor->arena_bytes(); }

 private:
  explicit Evaluator(int64_t capacity) : batch_(capacity) {}
  PlannedProgram planned_;
  data::Batch batch_;
};

}  // namespace raddle::session
