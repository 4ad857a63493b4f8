// SPDX-License-Identifier: Apache-2.0
// Host side of layer norm and RMS norm.
#include "kernels/cuda/norm.h"

#include "kernels/cuda/alignment.h"
#include "kernels/cuda/norm_shape.h"
#include "kernels/ops/norm.h"

namespace raddle::kernels {
namespace {

cuda::NormRows whole_rows(int64_t rows, int64_t width) { return {rows, width, 1, width, 1}; }

Status forward(CudaKernel kernel, const cuda::NormPart& part, float eps, const Launch& launch) {
  cuda::NormParameters p = {};
  p.part[0] = part;
  p.eps = eps;
  p.packed = is_packed(part.at.width, part.x, part.weight, part.bias, part.y);
  const NormShape shape = norm_shape(part.at.width, p.packed);
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

size_t scratch_of(const WeightGradients& wanted, int64_t rows, int64_t width) {
  if (!wanted.is_wanted()) return 0;
  return static_cast<size_t>(most_gradient_blocks(rows, width) * wanted.sums * width) *
         sizeof(float);
}

Status backward(CudaKernel kernel, cuda::NormGradPart part, const WeightGradients& wanted,
                const Launch& launch) {
  const int64_t rows = part.at.rows, width = part.at.width;
  float* partials = reinterpret_cast<float*>(launch.scratch.data());
  cuda::NormGradParameters p = {};
  p.packed = is_packed(width, part.dy, part.x, part.weight, part.dx);
  const NormShape shape = norm_shape(width, p.packed);
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

WeightGradients wanted_of(const LayerNormGradArgs& a) {
  return {a.dweight, a.dbias, a.accumulate_dweight, a.accumulate_dbias, 2};
}
WeightGradients wanted_of(const RmsNormGradArgs& a) {
  return {a.dweight, nullptr, a.accumulate_dweight, false, 1};
}

template <class Args>
size_t backward_scratch(const Args& a, const DeviceCaps&) {
  return scratch_of(wanted_of(a), a.rows, a.width);
}

Status layer_norm(const LayerNormArgs& a, const Launch& launch) {
  return forward(CudaKernel::layer_norm,
                 {a.x, a.weight, a.bias, a.y, a.stats, whole_rows(a.rows, a.width)}, a.eps, launch);
}
Status rms_norm(const RmsNormArgs& a, const Launch& launch) {
  return forward(CudaKernel::rms_norm,
                 {a.x, a.weight, nullptr, a.y, a.rstd, whole_rows(a.rows, a.width)}, a.eps, launch);
}
Status layer_norm_grad(const LayerNormGradArgs& a, const Launch& launch) {
  return backward(CudaKernel::layer_norm_grad,
                  {a.dy, a.x, a.weight, a.stats, a.dx, nullptr, whole_rows(a.rows, a.width), 0},
                  wanted_of(a), launch);
}
Status rms_norm_grad(const RmsNormGradArgs& a, const Launch& launch) {
  return backward(CudaKernel::rms_norm_grad,
                  {a.dy, a.x, a.weight, a.rstd, a.dx, nullptr, whole_rows(a.rows, a.width), 0},
                  wanted_of(a), launch);
}

}  // namespace

constinit const Kernel<LayerNormArgs> kLayerNormCuda = {
    "layer_norm:cuda", accept_any<LayerNormArgs>, no_scratch<LayerNormArgs>, layer_norm,
    RunsOn::kCuda};
constinit const Kernel<LayerNormGradArgs> kLayerNormGradCuda = {
    "layer_norm_grad:cuda", accept_any<LayerNormGradArgs>, backward_scratch<LayerNormGradArgs>,
    layer_norm_grad, RunsOn::kCuda};
constinit const Kernel<RmsNormArgs> kRmsNormCuda = {
    "rms_norm:cuda", accept_any<RmsNormArgs>, no_scratch<RmsNormArgs>, rms_norm, RunsOn::kCuda};
constinit const Kernel<RmsNormGradArgs> kRmsNormGradCuda = {
    "rms_norm_grad:cuda", accept_any<RmsNormGradArgs>, backward_scratch<RmsNormGradArgs>,
    rms_norm_grad, RunsOn::kCuda};

}  // namespace raddle::kernels
