// SPDX-License-Identifier: Apache-2.0
// Host side of attention in BF16: the matrix instructions where they have tiles for the head
// dimension, the tiles of the FP32 kernels where not.
#include "kernels/cuda/attention/host.h"
#include "kernels/ops/attention.h"

namespace raddle::kernels {
namespace {

using cuda::TileShape;
using cuda::WarpShape;

// What code.inc says is what the kernels lay out, and what every device has.
#define RADDLE_CUDA_IMAGE(file)
#define RADDLE_CUDA_KERNEL(file, kernel, dynamic_shared_bytes) \
  [[maybe_unused]] constexpr size_t kBytesOf_##kernel = dynamic_shared_bytes;
#include "kernels/cuda/code.inc"
#undef RADDLE_CUDA_KERNEL
#undef RADDLE_CUDA_IMAGE
#define RADDLE_SAME_BYTES(columns)                                                               \
  static_assert(kBytesOf_attention_bf16_##columns == cuda::kForwardBf##columns.forward_bytes()); \
  static_assert(kBytesOf_attention_bf16_grad_kv_##columns ==                                     \
                cuda::kKeysBf##columns.backward_bytes());                                        \
  static_assert(kBytesOf_attention_bf16_grad_q_##columns ==                                      \
                cuda::kQueriesBf##columns.backward_bytes());                                     \
  static_assert(kBytesOf_attention_bf16_##columns <= 99 * 1024 &&                                \
                kBytesOf_attention_bf16_grad_kv_##columns <= 99 * 1024 &&                        \
                kBytesOf_attention_bf16_grad_q_##columns <= 99 * 1024);
RADDLE_SAME_BYTES(64)
RADDLE_SAME_BYTES(80)
RADDLE_SAME_BYTES(96)
RADDLE_SAME_BYTES(128)
RADDLE_SAME_BYTES(256)
#undef RADDLE_SAME_BYTES
static_assert(kBytesOf_attention_bf16_any == cuda::kForward128.forward_bytes() &&
              kBytesOf_attention_bf16_grad_any_kv == cuda::kBackward128.backward_bytes() &&
              kBytesOf_attention_bf16_grad_any_q == cuda::kBackward128.backward_bytes());

// Kernels for head dimensions up to that of their shapes.
struct Tiled {
  WarpShape forward, keys, queries;
  CudaKernel attention, grad_kv, grad_q;
};
#define RADDLE_TILED(columns)                                                               \
  Tiled {                                                                                   \
    cuda::kForwardBf##columns, cuda::kKeysBf##columns, cuda::kQueriesBf##columns,           \
        CudaKernel::attention_bf16_##columns, CudaKernel::attention_bf16_grad_kv_##columns, \
        CudaKernel::attention_bf16_grad_q_##columns                                         \
  }
constexpr Tiled kTiled[] = {RADDLE_TILED(64), RADDLE_TILED(80), RADDLE_TILED(96), RADDLE_TILED(128),
                            RADDLE_TILED(256)};
#undef RADDLE_TILED
constexpr int64_t kWidest = 256;

const Tiled& tiled_for(int64_t head_dim) {
  const Tiled* best = std::begin(kTiled);
  while (best->forward.columns < head_dim) ++best;
  return *best;
}

template <class Parameters>
bool has_tiles(const Parameters& p) {
  return p.vectors && p.head_dim % 8 == 0 && p.head_dim <= kWidest;
}

// With the tiles of the FP32 kernels.
Status attention_any(cuda::AttentionParametersOf<Bf16> p, const Launch& launch) {
  constexpr TileShape kShape = cuda::kForward128;
  p.chunks = narrow(blocks_for(p.head_dim, kShape.columns));
  p.tiles = narrow(blocks_for(p.rows, kShape.rows));
  return launch_cuda(
      launch, CudaKernel::attention_bf16_any,
      {int64_t{p.tiles} * p.heads * p.chunks, kShape.threads(), 1, kShape.forward_bytes()}, p);
}

}  // namespace

Status launch_attention(cuda::AttentionParametersOf<Bf16> p, const Launch& launch) {
  if (!has_tiles(p)) return attention_any(p, launch);
  const Tiled& tiled = tiled_for(p.head_dim);
  p.chunks = 1;
  p.tiles = narrow(blocks_for(p.rows, tiled.forward.rows));
  return launch_cuda(
      launch, tiled.attention,
      {int64_t{p.tiles} * p.heads, tiled.forward.threads(), 1, tiled.forward.forward_bytes()}, p);
}

namespace {

Status attention(const AttentionArgsOf<Bf16>& a, const Launch& launch) {
  return launch_attention(packed_parameters(a), launch);
}

int out_columns(const WarpShape& shape) { return shape.out_columns; }
int out_columns(const TileShape& shape) { return shape.columns; }

template <class Shape>
Status launch_side(CudaKernel kernel, const Shape& shape, int64_t heads,
                   cuda::AttentionGradParametersOf<Bf16> p, const Launch& launch) {
  p.chunks = narrow(blocks_for(p.head_dim, out_columns(shape)));
  p.tiles = narrow(blocks_for(p.rows, shape.rows));
  return launch_cuda(
      launch, kernel,
      {int64_t{p.tiles} * p.chunks * heads, shape.threads(), 1, shape.backward_bytes()}, p);
}

Status attention_grad(const AttentionGradArgsOf<Bf16>& a, const Launch& launch) {
  const auto p = grad_parameters(a, reinterpret_cast<float*>(launch.scratch.data()));
  RADDLE_RETURN_IF_ERROR(launch_cuda(launch, CudaKernel::attention_bf16_delta, delta_grid(a), p));
  if (!has_tiles(p)) {
    RADDLE_RETURN_IF_ERROR(launch_side(CudaKernel::attention_bf16_grad_any_kv, cuda::kBackward128,
                                       a.kv_heads, p, launch));
    return launch_side(CudaKernel::attention_bf16_grad_any_q, cuda::kBackward128, a.heads, p,
                       launch);
  }
  const Tiled& tiled = tiled_for(a.head_dim);
  RADDLE_RETURN_IF_ERROR(launch_side(tiled.grad_kv, tiled.keys, a.kv_heads, p, launch));
  return launch_side(tiled.grad_q, tiled.queries, a.heads, p, launch);
}

}  // namespace

constinit const Kernel<AttentionArgsOf<Bf16>> kAttentionCudaBf16 = {
    "attention:cuda", accept_any<AttentionArgsOf<Bf16>>, no_scratch<AttentionArgsOf<Bf16>>,
    attention, RunsOn::kCuda};
constinit const Kernel<AttentionGradArgsOf<Bf16>> kAttentionGradCudaBf16 = {
    "attention_grad:cuda", accept_any<AttentionGradArgsOf<Bf16>>, grad_scratch<Bf16>,
    attention_grad, RunsOn::kCuda};

}  // namespace raddle::kernels
