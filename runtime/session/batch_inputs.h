// SPDX-License-Identifier: Apache-2.0
// The inputs of a ready-made model's program that a packed batch fills.
#pragma once

#include "runtime/data/batch.h"
#include "runtime/exec/step_executor.h"
#include "runtime/session/session.h"

namespace raddle::session {

class BatchInputs {
 public:
  // Finds them; `executor` is borrowed. Inputs that the program does not have (multi-token targets,
  // for instance) are left out when it is filled.
  explicit BatchInputs(exec::StepExecutor& executor);

  // Copies a batch, with 1 / `weight_sum` as the loss's scale.
  Status fill(const data::Batch& batch, double weight_sum) const;

 private:
  exec::StepExecutor& executor_;
  exec::Port tokens_, targets_, weights_, positions_, cu_seqlens_, mtp_targets_, mtp_weights_,
      loss_scale_;
};

// Puts a caller's raw inputs in place, which were checked (input_check.h).
Status write_inputs(std::span<const InputView> inputs, exec::StepExecutor& executor);
// Tokens of the step that they are, for the metrics: the most rows that one has.
int64_t rows_of(std::span<const InputView> inputs);

}  // namespace raddle::session
