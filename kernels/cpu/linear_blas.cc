// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/linear_blas.h"

#include "kernels/cpu/blas.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/linear_products.h"

namespace raddle::kernels {
namespace {

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
  return parallel_gemm(*blas, launch.stream.pool(), product_of(args), bias_of(args));
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

}  // namespace raddle::kernels
