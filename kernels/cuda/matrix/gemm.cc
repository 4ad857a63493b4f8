// SPDX-License-Identifier: Apache-2.0
// Host side of the matrix product.
#include "kernels/cuda/matrix/gemm.h"

#include <algorithm>

#include "kernels/cuda/code.h"
#include "kernels/cuda/matrix/gemm_parameters.h"

namespace raddle::kernels {
namespace {

using cuda::AddPartsParameters;
using cuda::GemmParameters;
using cuda::kGemmDepth;
using cuda::kGemmTile;

// How the inner dimension is cut.
struct Cut {
  int64_t parts, depth;
};

// Two blocks for each of about 128 multiprocessors, as long as a part is worth its own pass over C.
// A number, not the device's: the same shape gives the same bits on any GPU.
constexpr int64_t kBlocksWanted = 256;
constexpr int64_t kLeastDepth = 256;
constexpr int64_t kMostDepth = int64_t{1} << 30;  // which the device counts in 32 bits

int64_t tiles_of(const GemmCall& call) {
  return blocks_for(call.m, kGemmTile) * blocks_for(call.n, kGemmTile);
}

Cut cut_of(const GemmCall& call) {
  const int64_t wanted = kBlocksWanted / std::max<int64_t>(1, tiles_of(call));
  const int64_t parts = std::max(
      {int64_t{1}, std::min(wanted, call.k / kLeastDepth), blocks_for(call.k, kMostDepth)});
  const int64_t depth =
      std::max<int64_t>(1, blocks_for(blocks_for(call.k, parts), kGemmDepth)) * kGemmDepth;
  return {std::max<int64_t>(1, blocks_for(call.k, depth)), depth};
}

size_t scratch_bytes(const GemmCall& call) {
  const Cut cut = cut_of(call);
  if (cut.parts == 1) return 0;
  return static_cast<size_t>(cut.parts * call.m * call.n) * sizeof(float);
}

CudaKernel kernel_of(const GemmCall& call) {
  if (call.a_transposed) return CudaKernel::gemm_tn;
  return call.b_transposed ? CudaKernel::gemm_nt : CudaKernel::gemm_nn;
}

Status run(const GemmCall& call, const float* bias, const Launch& launch) {
  RADDLE_ASSERT(!(call.a_transposed && call.b_transposed));
  RADDLE_ASSERT(call.beta == 0.0f || call.beta == 1.0f);
  const Cut cut = cut_of(call);
  const bool is_cut = cut.parts > 1;
  const bool accumulate = call.beta == 1.0f;
  float* const parts = reinterpret_cast<float*>(launch.scratch.data());
  GemmParameters p{};
  p.a = call.a;
  p.b = call.b;
  p.bias = is_cut ? nullptr : bias;
  p.c = is_cut ? parts : call.c;
  p.m = call.m;
  p.n = call.n;
  p.k = call.k;
  p.a_stride = call.a_stride;
  p.b_stride = call.b_stride;
  p.c_stride = is_cut ? call.n : call.c_stride;
  p.part_depth = static_cast<int32_t>(cut.depth);
  p.part_stride = is_cut ? call.m * call.n : 0;
  p.accumulate = accumulate && !is_cut;
  p.a_quads = has_quads(call.a, call.a_stride);
  p.b_quads = has_quads(call.b, call.b_stride);
  p.c_quads = has_quads(p.c, p.c_stride) && p.part_stride % 4 == 0;
  RADDLE_RETURN_IF_ERROR(
      launch_cuda(launch, kernel_of(call),
                  {tiles_of(call), cuda::kGemmThreads, static_cast<int>(cut.parts)}, p));
  if (!is_cut) return Status::ok();
  return add_parts({parts, cut.parts, bias, call.c, call.m, call.n, call.c_stride, accumulate},
                   launch);
}

}  // namespace

Status add_parts(const PartsCall& call, const Launch& launch) {
  const AddPartsParameters p = {call.parts, call.bias,     call.c,     call.m,
                                call.n,     call.c_stride, call.count, call.accumulate};
  return launch_cuda(launch, CudaKernel::add_parts,
                     {blocks_for(call.m * call.n, cuda::kAddPartsThreads), cuda::kAddPartsThreads},
                     p);
}

constinit const CudaProducts kOwnProducts = {&scratch_bytes, &run, nullptr};

}  // namespace raddle::kernels
