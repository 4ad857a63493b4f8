// SPDX-License-Identifier: Apache-2.0
// Host side of attention. Grids follow from shapes alone: which rows belong together, and how many
// are in a cache, is read on the device, so that launches can be captured once.
#include "kernels/ops/attention.h"

#include "kernels/cuda/attention/host.h"
#include "kernels/cuda/code.h"

namespace raddle::kernels {
namespace {

using cuda::AttentionGradParameters;
using cuda::AttentionParameters;
using cuda::TileShape;

// What code.inc says is what the kernels lay out, and what every device has.
#define RADDLE_CUDA_IMAGE(file)
#define RADDLE_CUDA_KERNEL(file, kernel, dynamic_shared_bytes) \
  [[maybe_unused]] constexpr size_t kBytesOf_##kernel = dynamic_shared_bytes;
#include "kernels/cuda/code.inc"
#undef RADDLE_CUDA_KERNEL
#undef RADDLE_CUDA_IMAGE
#define RADDLE_SAME_BYTES(columns)                                                                 \
  static_assert(kBytesOf_attention_##columns == cuda::kForward##columns.forward_bytes() &&         \
                kBytesOf_attention_##columns <= 99 * 1024);                                        \
  static_assert(kBytesOf_attention_grad_##columns##_kv ==                                          \
                    cuda::kBackward##columns.backward_bytes() &&                                   \
                kBytesOf_attention_grad_##columns##_q == kBytesOf_attention_grad_##columns##_kv && \
                kBytesOf_attention_grad_##columns##_q <= 99 * 1024);
RADDLE_SAME_BYTES(64)
RADDLE_SAME_BYTES(80)
RADDLE_SAME_BYTES(96)
RADDLE_SAME_BYTES(128)
#undef RADDLE_SAME_BYTES

// Kernels of one tile shape.
struct Tiled {
  TileShape forward, backward;
  CudaKernel attention, grad_kv, grad_q;
};
constexpr Tiled kTiled[] = {
    {cuda::kForward64, cuda::kBackward64, CudaKernel::attention_64,
     CudaKernel::attention_grad_64_kv, CudaKernel::attention_grad_64_q},
    {cuda::kForward80, cuda::kBackward80, CudaKernel::attention_80,
     CudaKernel::attention_grad_80_kv, CudaKernel::attention_grad_80_q},
    {cuda::kForward96, cuda::kBackward96, CudaKernel::attention_96,
     CudaKernel::attention_grad_96_kv, CudaKernel::attention_grad_96_q},
    {cuda::kForward128, cuda::kBackward128, CudaKernel::attention_128,
     CudaKernel::attention_grad_128_kv, CudaKernel::attention_grad_128_q},
};

// The narrowest that holds the whole head dimension, or the widest, which takes it in chunks.
const Tiled& tiled_for(int64_t head_dim) {
  const Tiled* best = std::begin(kTiled);
  while (best->forward.columns < head_dim && best + 1 != std::end(kTiled)) ++best;
  return *best;
}

}  // namespace

Status launch_attention(AttentionParameters p, const Launch& launch) {
  const Tiled& tiled = tiled_for(p.head_dim);
  p.chunks = narrow(blocks_for(p.head_dim, tiled.forward.columns));
  p.tiles = narrow(blocks_for(p.rows, tiled.forward.rows));
  const device::CudaGrid grid = {int64_t{p.tiles} * p.heads * p.chunks, tiled.forward.threads(), 1,
                                 tiled.forward.forward_bytes()};
  return launch_cuda(launch, tiled.attention, grid, p);
}

namespace {

Status attention(const AttentionArgs& a, const Launch& launch) {
  return launch_attention(packed_parameters(a), launch);
}

Status attention_grad(const AttentionGradArgs& a, const Launch& launch) {
  const Tiled& tiled = tiled_for(a.head_dim);
  const TileShape& shape = tiled.backward;
  AttentionGradParameters p = grad_parameters(a, reinterpret_cast<float*>(launch.scratch.data()));
  p.chunks = narrow(blocks_for(a.head_dim, shape.columns));
  p.tiles = narrow(blocks_for(a.rows, shape.rows));
  RADDLE_RETURN_IF_ERROR(launch_cuda(launch, CudaKernel::attention_delta, delta_grid(a), p));
  const int64_t blocks = int64_t{p.tiles} * p.chunks;
  RADDLE_RETURN_IF_ERROR(launch_cuda(
      launch, tiled.grad_kv, {blocks * a.kv_heads, shape.threads(), 1, shape.backward_bytes()}, p));
  return launch_cuda(launch, tiled.grad_q,
                     {blocks * a.heads, shape.threads(), 1, shape.backward_bytes()}, p);
}

}  // namespace

constinit const Kernel<AttentionArgs> kAttentionCuda = {"attention:cuda", accept_any<AttentionArgs>,
                                                        no_scratch<AttentionArgs>, attention,
                                                        RunsOn::kCuda};
constinit const Kernel<AttentionGradArgs> kAttentionGradCuda = {
    "attention_grad:cuda", accept_any<AttentionGradArgs>, grad_scratch<float>, attention_grad,
    RunsOn::kCuda};

}  // namespace raddle::kernels
