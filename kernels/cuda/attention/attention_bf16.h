// SPDX-License-Identifier: Apache-2.0
// Attention of BF16 activations with the matrix instructions: scores, sums and log-sum-exp are
// float, weights and gradients of scores are rounded to BF16 as operands. The Args of the ops
// (ops/attention.h) know no type yet and do not lead here: these kernels have Args of their own and
// stand in no list. Head dimensions are multiples of 8 up to 256.
#pragma once

#include "kernels/cuda/bf16.h"
#include "kernels/kernel.h"

namespace raddle::kernels {

// As AttentionArgs and AttentionGradArgs.
struct AttentionBf16Args {
  const cuda::Bf16* qkv;
  const int32_t* cu_seqlens;
  cuda::Bf16* out;
  float* lse;
  int64_t rows, heads, kv_heads, head_dim;
  float scale;
  bool causal;
};

struct AttentionGradBf16Args {
  const cuda::Bf16 *dout, *qkv, *out;
  const float* lse;
  const int32_t* cu_seqlens;
  cuda::Bf16* dqkv;
  int64_t rows, heads, kv_heads, head_dim;
  float scale;
  bool causal;
};

extern const Kernel<AttentionBf16Args> kAttentionBf16Cuda;
extern const Kernel<AttentionGradBf16Args> kAttentionGradBf16Cuda;

}  // namespace raddle::kernels
