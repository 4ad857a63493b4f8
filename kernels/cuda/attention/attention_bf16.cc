// SPDX-License-Identifier: Apache-2.0
// Host side of attention in BF16.
#include "kernels/cuda/attention/attention_bf16.h"

#include <fmt/format.h>

#include "kernels/cuda/attention/host.h"

namespace raddle::kernels {
namespace {

using cuda::Bf16;
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

template <class Args>
Verdict probe(const Args& a, const DeviceCaps&) {
  if (a.head_dim % 8 == 0 && a.head_dim <= kWidest) return Verdict::yes();
  return Verdict::no(fmt::format("needs a head_dim that is a multiple of 8 up to {}, got {}",
                                 kWidest, a.head_dim));
}

Status attention(const AttentionBf16Args& a, const Launch& launch) {
  const Tiled& tiled = tiled_for(a.head_dim);
  auto p = packed_parameters<Bf16>(a);
  p.chunks = 1;
  p.tiles = narrow(blocks_for(p.rows, tiled.forward.rows));
  return launch_cuda(
      launch, tiled.attention,
      {int64_t{p.tiles} * p.heads, tiled.forward.threads(), 1, tiled.forward.forward_bytes()}, p);
}

Status launch_side(CudaKernel kernel, const WarpShape& shape, int64_t heads,
                   cuda::AttentionGradParametersOf<Bf16> p, const Launch& launch) {
  p.chunks = narrow(blocks_for(p.head_dim, shape.out_columns));
  p.tiles = narrow(blocks_for(p.rows, shape.rows));
  return launch_cuda(
      launch, kernel,
      {int64_t{p.tiles} * p.chunks * heads, shape.threads(), 1, shape.backward_bytes()}, p);
}

Status attention_grad(const AttentionGradBf16Args& a, const Launch& launch) {
  const Tiled& tiled = tiled_for(a.head_dim);
  const auto p = grad_parameters<Bf16>(a, reinterpret_cast<float*>(launch.scratch.data()));
  RADDLE_RETURN_IF_ERROR(launch_cuda(launch, CudaKernel::attention_bf16_delta, delta_grid(a), p));
  RADDLE_RETURN_IF_ERROR(launch_side(tiled.grad_kv, tiled.keys, a.kv_heads, p, launch));
  return launch_side(tiled.grad_q, tiled.queries, a.heads, p, launch);
}

}  // namespace

constinit const Kernel<AttentionBf16Args> kAttentionBf16Cuda = {
    "attention_bf16:cuda", probe<AttentionBf16Args>, no_scratch<AttentionBf16Args>, attention,
    RunsOn::kCuda};
constinit const Kernel<AttentionGradBf16Args> kAttentionGradBf16Cuda = {
    "attention_grad_bf16:cuda", probe<AttentionGradBf16Args>, grad_scratch<AttentionGradBf16Args>,
    attention_grad, RunsOn::kCuda};

}  // namespace raddle::kernels
