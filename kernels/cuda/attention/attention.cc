// SPDX-License-Identifier: Apache-2.0
// Host side of attention. Grids follow from shapes alone: which rows belong together, and how many
// are in a cache, is read on the device, so that launches can be captured once.
#include "kernels/ops/attention.h"

#include "kernels/cuda/attention/host.h"
#include "kernels/cuda/code.h"

namespace raddle::kernels {
namespace {

using cuda::AppendParameters;
using cuda::AttentionGradParameters;
using cuda::AttentionParameters;
using cuda::DecodeParameters;
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

Status launch_tiles(const Tiled& tiled, AttentionParameters p, const Launch& launch) {
  p.chunks = narrow(blocks_for(p.head_dim, tiled.forward.columns));
  p.tiles = narrow(blocks_for(p.rows, tiled.forward.rows));
  const device::CudaGrid grid = {int64_t{p.tiles} * p.heads * p.chunks, tiled.forward.threads(), 1,
                                 tiled.forward.forward_bytes()};
  return launch_cuda(launch, tiled.attention, grid, p);
}

Status attention(const AttentionArgs& a, const Launch& launch) {
  return launch_tiles(tiled_for(a.head_dim), packed_parameters<float>(a), launch);
}

Status attention_grad(const AttentionGradArgs& a, const Launch& launch) {
  const Tiled& tiled = tiled_for(a.head_dim);
  const TileShape& shape = tiled.backward;
  AttentionGradParameters p =
      grad_parameters<float>(a, reinterpret_cast<float*>(launch.scratch.data()));
  p.chunks = narrow(blocks_for(a.head_dim, shape.columns));
  p.tiles = narrow(blocks_for(a.rows, shape.rows));
  RADDLE_RETURN_IF_ERROR(launch_cuda(launch, CudaKernel::attention_delta, delta_grid(a), p));
  const int64_t blocks = int64_t{p.tiles} * p.chunks;
  RADDLE_RETURN_IF_ERROR(launch_cuda(
      launch, tiled.grad_kv, {blocks * a.kv_heads, shape.threads(), 1, shape.backward_bytes()}, p));
  return launch_cuda(launch, tiled.grad_q,
                     {blocks * a.heads, shape.threads(), 1, shape.backward_bytes()}, p);
}

// A prompt runs as tiles of queries; a few rows, as in decoding, run each on its own.
constexpr int64_t kRowsForTiles = 8;

int64_t splits_of(const AttentionCachedArgs& a) { return blocks_for(a.capacity, cuda::kSplitKeys); }

size_t cached_scratch(const AttentionCachedArgs& a, const DeviceCaps&) {
  if (a.rows >= kRowsForTiles || splits_of(a) == 1) return 0;
  return sizeof(float) * static_cast<size_t>(a.rows * a.heads * splits_of(a) * (a.head_dim + 2));
}

Status append(const AttentionCachedArgs& a, const Launch& launch) {
  const AppendParameters p = {a.qkv,
                              a.cache_rows,
                              a.k_cache,
                              a.v_cache,
                              a.rows,
                              packed_width(a),
                              a.heads * a.head_dim,
                              a.kv_heads * a.head_dim};
  return launch_cuda(launch, CudaKernel::attention_append,
                     {blocks_for(p.rows * p.kv_width, cuda::kAppendThreads), cuda::kAppendThreads},
                     p);
}

Status attend_prompt(const AttentionCachedArgs& a, const Launch& launch) {
  AttentionParameters p = {};
  p.q = a.qkv;
  p.k = a.k_cache;
  p.v = a.v_cache;
  p.cache_rows = a.cache_rows;
  p.out = a.out;
  p.q_stride = packed_width(a);
  p.kv_stride = a.kv_heads * a.head_dim;
  p.causal = true;
  p.vectors = takes_vectors<float>(a.head_dim, {a.qkv, a.k_cache, a.v_cache, a.out});
  set_shape(p, a);
  return launch_tiles(tiled_for(a.head_dim), p, launch);
}

DecodeParameters decode_parameters(const AttentionCachedArgs& a, float* scratch) {
  DecodeParameters p = {};
  p.q = a.qkv;
  p.k = a.k_cache;
  p.v = a.v_cache;
  p.cache_rows = a.cache_rows;
  p.out = a.out;
  p.splits = narrow(splits_of(a));
  if (p.splits > 1) {
    const int64_t pairs = a.rows * a.heads * p.splits;
    p.partial = scratch;
    p.largest = scratch + pairs * a.head_dim;
    p.total = p.largest + pairs;
  }
  p.q_stride = packed_width(a);
  p.kv_stride = a.kv_heads * a.head_dim;
  p.kv_heads = narrow(a.kv_heads);
  set_shape(p, a);
  return p;
}

Status attention_cached(const AttentionCachedArgs& a, const Launch& launch) {
  RADDLE_RETURN_IF_ERROR(append(a, launch));
  if (a.rows >= kRowsForTiles) return attend_prompt(a, launch);
  DecodeParameters p = decode_parameters(a, reinterpret_cast<float*>(launch.scratch.data()));
  const bool vectors = takes_vectors<float>(a.head_dim, {a.qkv, a.k_cache, a.v_cache});
  const bool shares_keys = vectors && p.group > 1;
  p.parts = narrow(shares_keys ? blocks_for(p.group, cuda::kSplitHeads) : p.group);
  const CudaKernel decode = shares_keys ? CudaKernel::attention_decode_4
                            : vectors   ? CudaKernel::attention_decode_1
                                        : CudaKernel::attention_decode_any;
  RADDLE_RETURN_IF_ERROR(launch_cuda(
      launch, decode, {a.rows * a.kv_heads * p.parts * p.splits, cuda::kSplitThreads}, p));
  if (p.splits == 1) return Status::ok();
  return launch_cuda(launch, CudaKernel::attention_merge, {a.rows * a.heads, cuda::kSplitThreads},
                     p);
}

}  // namespace

constinit const Kernel<AttentionArgs> kAttentionCuda = {"attention:cuda", accept_any<AttentionArgs>,
                                                        no_scratch<AttentionArgs>, attention,
                                                        RunsOn::kCuda};
constinit const Kernel<AttentionGradArgs> kAttentionGradCuda = {
    "attention_grad:cuda", accept_any<AttentionGradArgs>, grad_scratch<AttentionGradArgs>,
    attention_grad, RunsOn::kCuda};
constinit const Kernel<AttentionCachedArgs> kAttentionCachedCuda = {
    "attention_cached:cuda", accept_any<AttentionCachedArgs>, cached_scratch, attention_cached,
    RunsOn::kCuda};

}  // namespace raddle::kernels
