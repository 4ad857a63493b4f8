// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/batch_inputs.h"

#include <algorithm>

namespace raddle::session {

BatchInputs::BatchInputs(exec::StepExecutor& executor)
    : executor_(executor),
      tokens_(executor.port("tokens")),
      targets_(executor.port("targets")),
      weights_(executor.port("weights")),
      positions_(executor.port("positions")),
      cu_seqlens_(executor.port("cu_seqlens")),
      mtp_targets_(executor.port("mtp_targets")),
      mtp_weights_(executor.port("mtp_weights")),
      loss_scale_(executor.port("loss_scale")) {}

Status BatchInputs::fill(const data::Batch& batch, double weight_sum) const {
  RADDLE_ASSERT(weight_sum > 0);
  Status status;
  const auto write = [&](exec::Port port, const auto& values) {
    if (!port.present() || !status.is_ok()) return;
    status = executor_.write(port, std::span(values.data(), values.size()));
  };
  write(tokens_, batch.tokens);
  write(targets_, batch.targets);
  write(weights_, batch.weights);
  write(positions_, batch.positions);
  write(cu_seqlens_, batch.cu_seqlens);
  write(mtp_targets_, batch.mtp_targets);
  write(mtp_weights_, batch.mtp_weights);
  const auto scale = static_cast<float>(1.0 / weight_sum);
  write(loss_scale_, std::span(&scale, 1));
  return status;
}

Status write_inputs(std::span<const InputView> inputs, exec::StepExecutor& executor) {
  for (const InputView& input : inputs) {
    const exec::Port port = executor.port(input.name);
    RADDLE_ASSERT(static_cast<size_t>(input.shape.elements()) * dtype_bytes(input.dtype) ==
                  port.bytes());
    const std::span values(static_cast<const std::byte*>(input.data), port.bytes());
    RADDLE_RETURN_IF_ERROR(executor.write(port, values));
  }
  return Status::ok();
}

int64_t rows_of(std::span<const InputView> inputs) {
  int64_t rows = 0;
  for (const InputView& input : inputs) {
    rows = std::max(rows, input.shape.rank() > 0 ? input.shape[0] : 1);
  }
  return rows;
}

}  // namespace raddle::session
