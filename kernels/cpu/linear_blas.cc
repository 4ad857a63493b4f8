// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/linear_blas.h"

#include <type_traits>

#include "kernels/cpu/blas.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/vector_rows.h"

namespace raddle::kernels {
namespace {

// `weight` is (out, in): transposed as the right factor of x W^T.
GemmCall product_of(const LinearArgs& args) {
  return {.a = args.x,
          .b = args.weight,
          .c = args.y,
          .m = args.rows,
          .n = args.out,
          .k = args.in,
          .a_stride = args.in,
          .b_stride = args.in,
          .c_stride = args.out,
          .a_transposed = false,
          .b_transposed = true,
          .beta = 0.0f};
}

GemmCall product_of(const LinearGradInputArgs& args) {
  return {.a = args.dy,
          .b = args.weight,
          .c = args.dx,
          .m = args.rows,
          .n = args.in,
          .k = args.out,
          .a_stride = args.out,
          .b_stride = args.in,
          .c_stride = args.in,
          .a_transposed = false,
          .b_transposed = false,
          .beta = 0.0f};
}

GemmCall product_of(const LinearGradWeightArgs& args) {
  return {.a = args.dy,
          .b = args.x,
          .c = args.dweight,
          .m = args.out,
          .n = args.in,
          .k = args.rows,
          .a_stride = args.out,
          .b_stride = args.in,
          .c_stride = args.in,
          .a_transposed = true,
          .b_transposed = false,
          .beta = args.accumulate ? 1.0f : 0.0f};
}

template <class Args>
Verdict probe(const Args& args, const DeviceCaps& caps) {
  if (!caps.has_blas) return Verdict::no(caps.blas_name);
  if (!gemm_fits(args.rows, args.in, args.out)) {
    return Verdict::no("needs rows, in and out below 2^31");
  }
  return Verdict::yes();
}

template <class Args>
Status launch(const Args& args, const Launch& launch) {
  const Blas* blas = serial_blas();
  if (blas == nullptr) return unavailable("{}", serial_blas_error());
  const float* bias = nullptr;
  if constexpr (std::is_same_v<Args, LinearArgs>) bias = args.bias;
  parallel_gemm(*blas, launch.stream.pool(), product_of(args), bias);
  return Status::ok();
}

Status grad_bias(const LinearGradBiasArgs& args, const Launch& launch) {
  constexpr int64_t kColumnsPerTask = 128;
  launch.stream.pool().run_chunks(args.out, kColumnsPerTask, [&](int64_t begin, int64_t end, int) {
    sum_rows(args.dy + begin, args.rows, args.out, end - begin, args.accumulate,
             args.dbias + begin);
  });
  return Status::ok();
}

template <class Args>
constexpr Kernel<Args> blas_kernel(std::string_view name) {
  return {name, &probe<Args>, &no_scratch<Args>, &launch<Args>};
}

}  // namespace

constexpr Kernel<LinearArgs> kLinearBlas = blas_kernel<LinearArgs>("linear:blas");
constexpr Kernel<LinearGradInputArgs> kLinearGradInputBlas =
    blas_kernel<LinearGradInputArgs>("linear_grad_input:blas");
constexpr Kernel<LinearGradWeightArgs> kLinearGradWeightBlas =
    blas_kernel<LinearGradWeightArgs>("linear_grad_weight:blas");
constexpr Kernel<LinearGradBiasArgs> kLinearGradBiasCpu = {
    "linear_grad_bias:cpu", &accept_any<LinearGradBiasArgs>, &no_scratch<LinearGradBiasArgs>,
    &grad_bias};

}  // namespace raddle::kernels
