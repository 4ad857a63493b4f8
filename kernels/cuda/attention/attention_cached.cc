// SPDX-License-Identifier: Apache-2.0
// Host side of attention against a cache. The grid follows from the cache's capacity: how many rows
// it has is read on the device.
#include "kernels/cuda/attention/host.h"
#include "kernels/cuda/code.h"
#include "kernels/ops/attention.h"

namespace raddle::kernels {
namespace {

using cuda::AppendParametersOf;
using cuda::DecodeParametersOf;

struct CachedCode {
  CudaKernel append, decode_1, decode_4, decode_any, merge;
};
template <class T>
constexpr CachedCode kCachedCode = {CudaKernel::attention_append, CudaKernel::attention_decode_1,
                                    CudaKernel::attention_decode_4,
                                    CudaKernel::attention_decode_any, CudaKernel::attention_merge};
template <>
constexpr CachedCode kCachedCode<Bf16> = {
    CudaKernel::attention_append_bf16, CudaKernel::attention_decode_1_bf16,
    CudaKernel::attention_decode_4_bf16, CudaKernel::attention_decode_any_bf16,
    CudaKernel::attention_merge_bf16};

// A prompt runs as tiles of queries; a few rows, as in decoding, run each on its own.
constexpr int64_t kRowsForTiles = 8;

template <class T>
int64_t splits_of(const AttentionCachedArgsOf<T>& a) {
  return blocks_for(a.capacity, cuda::kSplitKeys);
}

template <class T>
size_t cached_scratch(const AttentionCachedArgsOf<T>& a, const DeviceCaps&) {
  if (a.rows >= kRowsForTiles || splits_of(a) == 1) return 0;
  return sizeof(float) * static_cast<size_t>(a.rows * a.heads * splits_of(a) * (a.head_dim + 2));
}

template <class T>
Status append(const AttentionCachedArgsOf<T>& a, const Launch& launch) {
  const AppendParametersOf<T> p = {a.qkv,
                                   a.cache_rows,
                                   a.k_cache,
                                   a.v_cache,
                                   a.rows,
                                   packed_width(a),
                                   a.heads * a.head_dim,
                                   a.kv_heads * a.head_dim};
  return launch_cuda(launch, kCachedCode<T>.append,
                     {blocks_for(p.rows * p.kv_width, cuda::kAppendThreads), cuda::kAppendThreads},
                     p);
}

template <class T>
Status attend_prompt(const AttentionCachedArgsOf<T>& a, const Launch& launch) {
  cuda::AttentionParametersOf<T> p = {};
  p.q = a.qkv;
  p.k = a.k_cache;
  p.v = a.v_cache;
  p.cache_rows = a.cache_rows;
  p.out = a.out;
  p.q_stride = packed_width(a);
  p.kv_stride = a.kv_heads * a.head_dim;
  p.causal = true;
  p.vectors = takes_vectors<T>(a.head_dim, {a.qkv, a.k_cache, a.v_cache, a.out});
  set_shape(p, a);
  return launch_attention(p, launch);
}

template <class T>
DecodeParametersOf<T> decode_parameters(const AttentionCachedArgsOf<T>& a, float* scratch) {
  DecodeParametersOf<T> p = {};
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

template <class T>
Status attention_cached(const AttentionCachedArgsOf<T>& a, const Launch& launch) {
  RADDLE_RETURN_IF_ERROR(append(a, launch));
  if (a.rows >= kRowsForTiles) return attend_prompt(a, launch);
  DecodeParametersOf<T> p = decode_parameters(a, reinterpret_cast<float*>(launch.scratch.data()));
  const bool vectors = takes_vectors<T>(a.head_dim, {a.qkv, a.k_cache, a.v_cache});
  const bool shares_keys = vectors && p.group > 1;
  p.parts = narrow(shares_keys ? blocks_for(p.group, cuda::kSplitHeads) : p.group);
  const CudaKernel decode = shares_keys ? kCachedCode<T>.decode_4
                            : vectors   ? kCachedCode<T>.decode_1
                                        : kCachedCode<T>.decode_any;
  RADDLE_RETURN_IF_ERROR(launch_cuda(
      launch, decode, {a.rows * a.kv_heads * p.parts * p.splits, cuda::kSplitThreads}, p));
  if (p.splits == 1) return Status::ok();
  return launch_cuda(launch, kCachedCode<T>.merge, {a.rows * a.heads, cuda::kSplitThreads}, p);
}

}  // namespace

constinit const Kernel<AttentionCachedArgs> kAttentionCachedCuda = {
    "attention_cached:cuda", accept_any<AttentionCachedArgs>, cached_scratch<float>,
    attention_cached<float>, RunsOn::kCuda};
constinit const Kernel<AttentionCachedArgsOf<Bf16>> kAttentionCachedCudaBf16 = {
    "attention_cached:cuda", accept_any<AttentionCachedArgsOf<Bf16>>, cached_scratch<Bf16>,
    attention_cached<Bf16>, RunsOn::kCuda};

}  // namespace raddle::kernels
