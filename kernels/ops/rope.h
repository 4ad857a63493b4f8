// SPDX-License-Identifier: Apache-2.0
// Operations on the packed projection of attention: one row per token,
// [q heads | k heads | v heads], each head of `head_dim` floats. width = (heads + 2 kv_heads)
// head_dim.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace raddle::kernels {

// Rotary positions on the q and k heads (half-split pairs, as Hugging Face stores them): with
// a = position * theta^(-2i / head_dim), (x_i, x_{i+hd/2}) -> (x_i cos a - x_{i+hd/2} sin a,
// x_{i+hd/2} cos a + x_i sin a). v is copied. `inverse` rotates by -a: that is the gradient.
// Angles are computed in double and rounded once.
template <class T>
struct RopeArgsOf {
  const T* x;                // (rows, width)
  const int32_t* positions;  // (rows)
  T* y;                      // (rows, width); may alias x
  int64_t rows, heads, kv_heads, head_dim;
  double theta;
  bool inverse;
};
using RopeArgs = RopeArgsOf<float>;

// RMS norm of each q and k head with one weight vector for all q heads and one for all k heads
// (Qwen3's q_norm and k_norm). v is copied.
template <class T>
struct HeadNormArgsOf {
  const T* x;             // (rows, width)
  const float* q_weight;  // (head_dim)
  const float* k_weight;  // (head_dim)
  T* y;                   // (rows, width); may not alias x
  float* rstd;            // (rows, heads + kv_heads)
  int64_t rows, heads, kv_heads, head_dim;
  float eps;
};
using HeadNormArgs = HeadNormArgsOf<float>;
template <class T>
struct HeadNormGradArgsOf {
  const T* dy;            // (rows, width)
  const T* x;             // (rows, width)
  const float* q_weight;  // (head_dim)
  const float* k_weight;  // (head_dim)
  const float* rstd;      // (rows, heads + kv_heads)
  T* dx;                  // (rows, width) overwritten; may alias dy
  float* dq_weight;       // (head_dim) or null
  float* dk_weight;       // (head_dim) or null
  int64_t rows, heads, kv_heads, head_dim;
  bool accumulate_dq_weight, accumulate_dk_weight;
};
using HeadNormGradArgs = HeadNormGradArgsOf<float>;

// The kernels; lists/ has their order.
extern const Kernel<RopeArgs> kRopeCuda, kRopeCpu, kRopeRef;
extern const Kernel<HeadNormArgs> kHeadNormCuda, kHeadNormCpu, kHeadNormRef;
extern const Kernel<HeadNormGradArgs> kHeadNormGradCuda, kHeadNormGradCpu, kHeadNormGradRef;

extern const Kernel<RopeArgsOf<Bf16>> kRopeCudaBf16, kRopeRefBf16;
extern const Kernel<HeadNormArgsOf<Bf16>> kHeadNormCudaBf16, kHeadNormRefBf16;
extern const Kernel<HeadNormGradArgsOf<Bf16>> kHeadNormGradCudaBf16, kHeadNormGradRefBf16;

template <class T = float>
KernelList<RopeArgsOf<T>> rope_kernels();
template <class T = float>
KernelList<HeadNormArgsOf<T>> head_norm_kernels();
template <class T = float>
KernelList<HeadNormGradArgsOf<T>> head_norm_grad_kernels();

}  // namespace raddle::kernels
