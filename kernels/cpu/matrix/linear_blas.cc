// SPDX-License-Identifier: Apache-2.0
// Linear layers as tiles of library matrix products on the worker pool, one kernel a library.
#include "kernels/ops/linear.h"

#include "kernels/cpu/matrix/blas.h"
#include "kernels/cpu/matrix/gemm.h"
#include "kernels/matrix/linear_products.h"

namespace raddle::kernels {
namespace {

template <MatrixLibrary library, class Args>
Verdict probe(const Args& args, const DeviceCaps& caps) {
  if (!gemm_fits(args.rows, args.in, args.out)) {
    return Verdict::no("needs rows, in and out below 2^31");
  }
  return uses_library(library, caps);
}

template <MatrixLibrary library, class Args>
Status launch(const Args& args, const Launch& launch) {
  RADDLE_ASSIGN_OR_RETURN(const Blas* blas, serial_blas(library));
  return parallel_gemm(*blas, launch.stream.pool(), product_of(args), bias_of(args));
}

template <MatrixLibrary library, class Args>
constexpr Kernel<Args> blas_kernel(std::string_view name) {
  return {name, &probe<library, Args>, &no_scratch<Args>, &launch<library, Args>};
}

constexpr auto kOneDnn = MatrixLibrary::kOneDnn, kOpenBlas = MatrixLibrary::kOpenBlas;

}  // namespace

constexpr Kernel<LinearArgs> kLinearOneDnn = blas_kernel<kOneDnn, LinearArgs>("linear:onednn");
constexpr Kernel<LinearArgs> kLinearOpenBlas =
    blas_kernel<kOpenBlas, LinearArgs>("linear:openblas");
constexpr Kernel<LinearGradInputArgs> kLinearGradInputOneDnn =
    blas_kernel<kOneDnn, LinearGradInputArgs>("linear_grad_input:onednn");
constexpr Kernel<LinearGradInputArgs> kLinearGradInputOpenBlas =
    blas_kernel<kOpenBlas, LinearGradInputArgs>("linear_grad_input:openblas");
constexpr Kernel<LinearGradWeightArgs> kLinearGradWeightOneDnn =
    blas_kernel<kOneDnn, LinearGradWeightArgs>("linear_grad_weight:onednn");
constexpr Kernel<LinearGradWeightArgs> kLinearGradWeightOpenBlas =
    blas_kernel<kOpenBlas, LinearGradWeightArgs>("linear_grad_weight:openblas");

}  // namespace raddle::kernels
