// SPDX-License-Identifier: Apache-2.0
// Linear layers on a GPU: a product each, by whatever carries products out, and the bias gradient.
#include "kernels/ops/linear.h"

#include <algorithm>

#include "kernels/cuda/code.h"
#include "kernels/cuda/matrix/column_sum_parameters.h"
#include "kernels/cuda/matrix/cublaslt.h"
#include "kernels/cuda/matrix/gemm.h"
#include "kernels/matrix/linear_products.h"

namespace raddle::kernels {
namespace {

template <class T>
CudaProduct cuda_product_of(const LinearArgsOf<T>& args) {
  return cuda_product(product_of(args), bias_of(args));
}
template <class Args>
CudaProduct cuda_product_of(const Args& args) {
  return cuda_product(product_of(args));
}

template <const CudaProducts& products, class Args>
size_t product_scratch(const Args& args, const DeviceCaps&) {
  return products.scratch_bytes(cuda_product_of(args));
}

template <const CudaProducts& products, class Args>
Status product(const Args& args, const Launch& launch) {
  return products.run(cuda_product_of(args), launch);
}

template <class Args>
constexpr Kernel<Args> own_kernel(std::string_view name) {
  return {name, &accept_any<Args>, &product_scratch<kOwnProducts, Args>,
          &product<kOwnProducts, Args>, RunsOn::kCuda};
}

template <class Args>
Verdict cublaslt_probe(const Args& args, const DeviceCaps& caps) {
  return cublaslt_takes(cuda_product_of(args), caps);
}

template <class Args>
Status cublaslt_prepare(const Args& args, const Launch& launch) {
  return kCublasLtProducts.prepare(cuda_product_of(args), launch);
}

template <class Args>
constexpr Kernel<Args> cublaslt_kernel(std::string_view name) {
  return {name,
          &cublaslt_probe<Args>,
          &product_scratch<kCublasLtProducts, Args>,
          &product<kCublasLtProducts, Args>,
          RunsOn::kCuda,
          &cublaslt_prepare<Args>};
}

// How the rows of a bias gradient are cut, by the shape alone.
struct RowCut {
  int64_t parts, rows;
};

template <class T>
RowCut cut_of(const LinearGradBiasArgsOf<T>& args) {
  constexpr int64_t kBlocksWanted = 512, kMostParts = 128, kLeastRows = 64;
  const int64_t across = std::max<int64_t>(1, blocks_for(args.out, cuda::kColumnSumColumns<T>));
  const int64_t wanted = std::min(blocks_for(kBlocksWanted, across), kMostParts);
  const int64_t parts = std::max<int64_t>(1, std::min(wanted, args.rows / kLeastRows));
  const int64_t rows = std::max<int64_t>(1, blocks_for(args.rows, parts));
  return {std::max<int64_t>(1, blocks_for(args.rows, rows)), rows};
}

template <class T>
size_t grad_bias_scratch(const LinearGradBiasArgsOf<T>& args, const DeviceCaps&) {
  const RowCut cut = cut_of(args);
  return cut.parts == 1 ? 0 : static_cast<size_t>(cut.parts * args.out) * sizeof(float);
}

template <class T>
Status grad_bias(const LinearGradBiasArgsOf<T>& args, const Launch& launch) {
  const RowCut cut = cut_of(args);
  const bool is_cut = cut.parts > 1;
  float* const parts = reinterpret_cast<float*>(launch.scratch.data());
  const cuda::ColumnSumParametersOf<T> p = {args.dy,
                                            is_cut ? parts : args.dbias,
                                            args.rows,
                                            args.out,
                                            cut.rows,
                                            args.accumulate && !is_cut,
                                            has_packs(args.dy, args.out)};
  RADDLE_RETURN_IF_ERROR(
      launch_cuda(launch, of_type<T>(CudaKernel::column_sum, CudaKernel::column_sum_bf16),
                  {blocks_for(args.out, cuda::kColumnSumColumns<T>), cuda::kColumnSumThreads,
                   static_cast<int>(cut.parts)},
                  p));
  if (!is_cut) return Status::ok();
  const PartsCallOf<float> call = {parts, cut.parts, nullptr,  args.dbias,
                                   1,     args.out,  args.out, args.accumulate};
  return add_parts(call, launch);
}

template <class T>
constexpr Kernel<LinearGradBiasArgsOf<T>> grad_bias_kernel() {
  return {"linear_grad_bias:cuda", &accept_any<LinearGradBiasArgsOf<T>>, &grad_bias_scratch<T>,
          &grad_bias<T>, RunsOn::kCuda};
}

}  // namespace

constinit const Kernel<LinearArgs> kLinearCublasLt = cublaslt_kernel<LinearArgs>("linear:cublaslt");
constinit const Kernel<LinearGradInputArgs> kLinearGradInputCublasLt =
    cublaslt_kernel<LinearGradInputArgs>("linear_grad_input:cublaslt");
constinit const Kernel<LinearGradWeightArgs> kLinearGradWeightCublasLt =
    cublaslt_kernel<LinearGradWeightArgs>("linear_grad_weight:cublaslt");
constinit const Kernel<LinearArgs> kLinearCuda = own_kernel<LinearArgs>("linear:cuda");
constinit const Kernel<LinearGradInputArgs> kLinearGradInputCuda =
    own_kernel<LinearGradInputArgs>("linear_grad_input:cuda");
constinit const Kernel<LinearGradWeightArgs> kLinearGradWeightCuda =
    own_kernel<LinearGradWeightArgs>("linear_grad_weight:cuda");
constinit const Kernel<LinearGradBiasArgs> kLinearGradBiasCuda = grad_bias_kernel<float>();

constinit const Kernel<LinearArgsOf<Bf16>> kLinearCublasLtBf16 =
    cublaslt_kernel<LinearArgsOf<Bf16>>("linear:cublaslt");
constinit const Kernel<LinearGradInputArgsOf<Bf16>> kLinearGradInputCublasLtBf16 =
    cublaslt_kernel<LinearGradInputArgsOf<Bf16>>("linear_grad_input:cublaslt");
constinit const Kernel<LinearGradWeightArgsOf<Bf16>> kLinearGradWeightCublasLtBf16 =
    cublaslt_kernel<LinearGradWeightArgsOf<Bf16>>("linear_grad_weight:cublaslt");
constinit const Kernel<LinearArgsOf<Bf16>> kLinearCudaBf16 =
    own_kernel<LinearArgsOf<Bf16>>("linear:cuda");
constinit const Kernel<LinearGradInputArgsOf<Bf16>> kLinearGradInputCudaBf16 =
    own_kernel<LinearGradInputArgsOf<Bf16>>("linear_grad_input:cuda");
constinit const Kernel<LinearGradWeightArgsOf<Bf16>> kLinearGradWeightCudaBf16 =
    own_kernel<LinearGradWeightArgsOf<Bf16>>("linear_grad_weight:cuda");
constinit const Kernel<LinearGradBiasArgsOf<Bf16>> kLinearGradBiasCudaBf16 =
    grad_bias_kernel<Bf16>();

}  // namespace raddle::kernels
