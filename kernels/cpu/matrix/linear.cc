// SPDX-License-Identifier: Apache-2.0
// The bias gradient of linear layers: column sums.
#include "kernels/ops/linear.h"

#include "kernels/cpu/vector/vector_rows.h"
#include "runtime/device/cpu/worker_pool.h"

namespace raddle::kernels {
namespace {

Status grad_bias(const LinearGradBiasArgs& args, const Launch& launch) {
  constexpr int64_t kColumnsPerTask = 128;
  launch.stream.pool().run_chunks(args.out, kColumnsPerTask, [&](int64_t begin, int64_t end, int) {
    sum_rows(args.dy + begin, args.rows, args.out, end - begin, args.accumulate,
             args.dbias + begin);
  });
  return Status::ok();
}

}  // namespace

constexpr Kernel<LinearGradBiasArgs> kLinearGradBiasCpu = {
    "linear_grad_bias:cpu", &accept_any<LinearGradBiasArgs>, &no_scratch<LinearGradBiasArgs>,
    &grad_bias};

}  // namespace raddle::kernels
