// SPDX-License-Identifier: Apache-2.0
// From an op's Args to the parameters of its kernels, for any type of the activations.
#pragma once

#include <initializer_list>

#include "kernels/cuda/attention/parameters.h"
#include "kernels/cuda/code.h"
#include "kernels/ops/attention.h"

namespace raddle::kernels {

constexpr float kLog2E = 1.4426950408889634f;

inline int narrow(int64_t value) { return static_cast<int>(value); }

// q, k and v lie beside each other in a row.
template <class Args>
int64_t packed_width(const Args& a) {
  return (a.heads + 2 * a.kv_heads) * a.head_dim;
}

// All rows of all heads begin on 16 bytes.
template <class T>
bool takes_vectors(int64_t head_dim, std::initializer_list<const T*> matrices) {
  uintptr_t bits = static_cast<uintptr_t>(head_dim) * sizeof(T);
  for (const T* matrix : matrices) bits |= reinterpret_cast<uintptr_t>(matrix);
  return bits % 16 == 0;
}

// What forward and backward have in common.
template <class Parameters, class Args>
void set_shape(Parameters& p, const Args& a) {
  p.rows = narrow(a.rows);
  p.heads = narrow(a.heads);
  p.group = narrow(a.heads / a.kv_heads);
  p.head_dim = narrow(a.head_dim);
  p.scale2 = kLog2E * a.scale;
}

template <class T>
cuda::AttentionParametersOf<T> packed_parameters(const AttentionArgsOf<T>& a) {
  cuda::AttentionParametersOf<T> p = {};
  p.q = a.qkv;
  p.k = a.qkv + a.heads * a.head_dim;
  p.v = p.k + a.kv_heads * a.head_dim;
  p.cu_seqlens = a.cu_seqlens;
  p.out = a.out;
  p.lse = a.lse;
  p.q_stride = p.kv_stride = packed_width(a);
  p.causal = a.causal;
  p.vectors = takes_vectors<T>(a.head_dim, {a.qkv, a.out});
  set_shape(p, a);
  return p;
}

template <class T>
size_t grad_scratch(const AttentionGradArgsOf<T>& a, const DeviceCaps&) {
  return 2 * sizeof(float) * static_cast<size_t>(a.rows * a.heads);
}

template <class T>
cuda::AttentionGradParametersOf<T> grad_parameters(const AttentionGradArgsOf<T>& a,
                                                   float* scratch) {
  cuda::AttentionGradParametersOf<T> p = {};
  p.q = a.qkv;
  p.k = a.qkv + a.heads * a.head_dim;
  p.v = p.k + a.kv_heads * a.head_dim;
  p.dout = a.dout;
  p.out = a.out;
  p.lse = a.lse;
  p.cu_seqlens = a.cu_seqlens;
  p.dq = a.dqkv;
  p.dk = a.dqkv + a.heads * a.head_dim;
  p.dv = p.dk + a.kv_heads * a.head_dim;
  p.delta = scratch;
  p.lse2 = scratch + a.rows * a.heads;
  p.stride = packed_width(a);
  p.scale = a.scale;
  p.causal = a.causal;
  p.vectors = takes_vectors<T>(a.head_dim, {a.qkv, a.dout, a.out, a.dqkv});
  set_shape(p, a);
  return p;
}

// Tiles of queries against packed rows or a cache, with the kernels for this head dimension;
// `chunks` and `tiles` are filled in here.
Status launch_attention(cuda::AttentionParametersOf<float> p, const Launch& launch);
Status launch_attention(cuda::AttentionParametersOf<Bf16> p, const Launch& launch);

// Blocks of the kernel of deltas, a warp a row and head.
template <class Args>
device::CudaGrid delta_grid(const Args& a) {
  return {blocks_for(a.rows * a.heads, cuda::kDeltaThreads / 32), cuda::kDeltaThreads};
}

}  // namespace raddle::kernels
