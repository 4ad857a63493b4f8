// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/linear_cpu.h"

#include "kernels/cpu/gemm_packed.h"
#include "kernels/cpu/linear_products.h"
#include "kernels/cpu/vector_rows.h"

namespace raddle::kernels {
namespace {

template <class Args>
Verdict probe(const Args& args, const DeviceCaps&) {
  constexpr int64_t kRowsMin = 8;
  if (args.rows < kRowsMin) {
    return Verdict::no("needs at least 8 rows: packing the weights costs more than it saves");
  }
  if (args.in < 1 || args.out < 1) return Verdict::no("needs in and out of at least 1");
  return Verdict::yes();
}

template <class Args>
size_t scratch_bytes(const Args& args, const DeviceCaps& caps) {
  const GemmCall call = product_of(args);
  return packed_gemm_scratch_bytes(call.m, call.n, call.k, caps.threads);
}

template <class Args>
Status launch(const Args& args, const Launch& launch) {
  packed_gemm(launch.stream.pool(), product_of(args), bias_of(args), launch.scratch);
  return Status::ok();
}

template <class Args>
constexpr Kernel<Args> packed_kernel(std::string_view name) {
  return {name, &probe<Args>, &scratch_bytes<Args>, &launch<Args>};
}

Status grad_bias(const LinearGradBiasArgs& args, const Launch& launch) {
  constexpr int64_t kColumnsPerTask = 128;
  launch.stream.pool().run_chunks(args.out, kColumnsPerTask, [&](int64_t begin, int64_t end, int) {
    sum_rows(args.dy + begin, args.rows, args.out, end - begin, args.accumulate,
             args.dbias + begin);
  });
  return Status::ok();
}

}  // namespace

constexpr Kernel<LinearArgs> kLinearCpu = packed_kernel<LinearArgs>("linear:cpu");
constexpr Kernel<LinearGradInputArgs> kLinearGradInputCpu =
    packed_kernel<LinearGradInputArgs>("linear_grad_input:cpu");
constexpr Kernel<LinearGradWeightArgs> kLinearGradWeightCpu =
    packed_kernel<LinearGradWeightArgs>("linear_grad_weight:cpu");
constexpr Kernel<LinearGradBiasArgs> kLinearGradBiasCpu = {
    "linear_grad_bias:cpu", &accept_any<LinearGradBiasArgs>, &no_scratch<LinearGradBiasArgs>,
    &grad_bias};

}  // namespace raddle::kernels
