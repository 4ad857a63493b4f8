// SPDX-License-Identifier: Apache-2.0
// Host side of layer norm and RMS norm.
#include "kernels/cuda/norm.h"

#include "kernels/cuda/alignment.h"
#include "kernels/cuda/norm_shape.h"
#include "kernels/ops/norm.h"

namespace raddle::kernels {
namespace {

cuda::NormRows whole_rows(int64_t rows, int64_t width) { return {rows, width, 1, width, 1}; }

template <class T>
Status forward(CudaKernel kernel, const cuda::NormPart<T>& part, float eps, const Launch& launch) {
  cuda::NormParameters<T> p = {};
  p.part[0] = part;
  p.eps = eps;
  p.packed = is_packed(part.at.width, part.x, part.weight, part.bias, part.y);
  const NormShape shape = norm_shape(part.at.width, pack_lanes<T>(p.packed));
  p.team = shape.team;
  return launch_cuda(launch, kernel, {shape.blocks(part.at.rows), shape.threads}, p);
}

// The sums of a block are `sums` rows of partials: of the weight, then of the bias.
struct WeightGradients {
  float *dweight, *dbias;
  bool accumulate_dweight, accumulate_dbias;
  int64_t sums;
  bool is_wanted() const { return dweight != nullptr || dbias != nullptr; }
};

template <class T>
size_t scratch_of(const WeightGradients& wanted, int64_t rows, int64_t width) {
  if (!wanted.is_wanted()) return 0;
  return static_cast<size_t>(most_gradient_blocks<T>(rows, width) * wanted.sums * width) *
         sizeof(float);
}

template <class T>
Status backward(CudaKernel kernel, cuda::NormGradPart<T> part, const WeightGradients& wanted,
                const Launch& launch) {
  const int64_t rows = part.at.rows, width = part.at.width;
  float* partials = reinterpret_cast<float*>(launch.scratch.data());
  cuda::NormGradParameters<T> p = {};
  p.packed = is_packed(width, part.dy, part.x, part.weight, part.dx);
  const NormShape shape = norm_shape(width, pack_lanes<T>(p.packed));
  p.team = shape.team;
  part.rows_per_block = shape.rows_per_block(rows);
  part.partials = wanted.is_wanted() ? partials : nullptr;
  p.part[0] = part;
  const int64_t blocks = shape.gradient_blocks(rows);
  RADDLE_RETURN_IF_ERROR(launch_cuda(launch, kernel, {blocks, shape.threads}, p));

  cuda::SumPartialsParameters sums = {};
  int count = 0;
  const auto add_sum = [&](float* target, int64_t first, bool accumulate) {
    if (target == nullptr) return;
    sums.of[count++] = {partials + first, target, blocks, wanted.sums * width, width, accumulate};
  };
  add_sum(wanted.dweight, 0, wanted.accumulate_dweight);
  add_sum(wanted.dbias, width, wanted.accumulate_dbias);
  return sum_partials(launch, sums, count);
}

template <class T>
WeightGradients wanted_of(const LayerNormGradArgsOf<T>& a) {
  return {a.dweight, a.dbias, a.accumulate_dweight, a.accumulate_dbias, 2};
}
template <class T>
WeightGradients wanted_of(const RmsNormGradArgsOf<T>& a) {
  return {a.dweight, nullptr, a.accumulate_dweight, false, 1};
}

template <class T, template <class> class ArgsOf>
size_t backward_scratch(const ArgsOf<T>& a, const DeviceCaps&) {
  return scratch_of<T>(wanted_of(a), a.rows, a.width);
}

template <class T>
Status layer_norm(const LayerNormArgsOf<T>& a, const Launch& launch) {
  return forward<T>(of_type<T>(CudaKernel::layer_norm, CudaKernel::layer_norm_bf16),
                    {a.x, a.weight, a.bias, a.y, a.stats, whole_rows(a.rows, a.width)}, a.eps,
                    launch);
}
template <class T>
Status rms_norm(const RmsNormArgsOf<T>& a, const Launch& launch) {
  return forward<T>(of_type<T>(CudaKernel::rms_norm, CudaKernel::rms_norm_bf16),
                    {a.x, a.weight, nullptr, a.y, a.rstd, whole_rows(a.rows, a.width)}, a.eps,
                    launch);
}
template <class T>
Status layer_norm_grad(const LayerNormGradArgsOf<T>& a, const Launch& launch) {
  return backward<T>(of_type<T>(CudaKernel::layer_norm_grad, CudaKernel::layer_norm_grad_bf16),
                     {a.dy, a.x, a.weight, a.stats, a.dx, nullptr, whole_rows(a.rows, a.width), 0},
                     wanted_of(a), launch);
}
template <class T>
Status rms_norm_grad(const RmsNormGradArgsOf<T>& a, const Launch& launch) {
  return backward<T>(of_type<T>(CudaKernel::rms_norm_grad, CudaKernel::rms_norm_grad_bf16),
                     {a.dy, a.x, a.weight, a.rstd, a.dx, nullptr, whole_rows(a.rows, a.width), 0},
                     wanted_of(a), launch);
}

}  // namespace

constinit const Kernel<LayerNormArgs> kLayerNormCuda = {"layer_norm:cuda", accept_any, no_scratch,
                                                        layer_norm, RunsOn::kCuda};
constinit const Kernel<LayerNormArgsOf<Bf16>> kLayerNormCudaBf16 = {
    "layer_norm:cuda", accept_any, no_scratch, layer_norm, RunsOn::kCuda};
constinit const Kernel<LayerNormGradArgs> kLayerNormGradCuda = {
    "layer_norm_grad:cuda", accept_any, backward_scratch, layer_norm_grad, RunsOn::kCuda};
constinit const Kernel<LayerNormGradArgsOf<Bf16>> kLayerNormGradCudaBf16 = {
    "layer_norm_grad:cuda", accept_any, backward_scratch, layer_norm_grad, RunsOn::kCuda};
constinit const Kernel<RmsNormArgs> kRmsNormCuda = {"rms_norm:cuda", accept_any, no_scratch,
                                                    rms_norm, RunsOn::kCuda};
constinit const Kernel<RmsNormArgsOf<Bf16>> kRmsNormCudaBf16 = {
    "rms_norm:cuda", accept_any, no_scratch, rms_norm, RunsOn::kCuda};
constinit const Kernel<RmsNormGradArgs> kRmsNormGradCuda = {
    "rms_norm_grad:cuda", accept_any, backward_scratch, rms_norm_grad, RunsOn::kCuda};
constinit const Kernel<RmsNormGradArgsOf<Bf16>> kRmsNormGradCudaBf16 = {
    "rms_norm_grad:cuda", accept_any, backward_scratch, rms_norm_grad, RunsOn::kCuda};

}  // namespace raddle::kernels
