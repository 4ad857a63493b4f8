// SPDX-License-Identifier: Apache-2.0
// Times every kernel of one training step of a config's model by itself, on the device that the
// config names, beside what the device can do: copying memory, and one large matrix product.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/stop_token.h"
#include "runtime/config/config.h"
#include "runtime/session/step_bench.h"

namespace raddle::session {

// All instructions of a step that run the same kernel.
struct KernelTime {
  std::string kernel;  // "attention_grad:cuda"
  int64_t count = 0;   // instructions of a step
  double ms = 0;       // of all of them
  double bytes = 0;    // that they must move: each operand once, what is updated twice
  double flops = 0;    // of products and attention; 0 for others
};

struct KernelBench {
  std::string device;
  double copy_gb_per_second = 0;    // read and written, 256 MiB from one place of memory to another
  double product_tflops = 0;        // a product of 4,096 x 4,096 matrices by the plan's best kernel
  std::vector<KernelTime> kernels;  // the most time first
};

// `options` as for bench_step(): `steps` is how often each kernel is run.
StatusOr<KernelBench> bench_kernels(const config::Config& config, const StepBenchOptions& options,
                                    StopToken* stop);

}  // namespace raddle::session
