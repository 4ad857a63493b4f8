// SPDX-License-Identifier: Apache-2.0
// Fused final projection and softmax cross-entropy. Works on chunks of rows, so that the full
// (rows, vocab) logits never exist: scratch is at most 64 MiB at any vocabulary up to 65,536 words
// (one row of logits is always needed); on a GPU logits take at most 512 MiB.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace raddle::kernels {

// loss[0] = loss_scale[0] * sum_t weights[t] * (logsumexp(x[t] W^T) - (x[t] W^T)[targets[t]]).
// With `dx` set it also computes the gradients of coefficient * loss with respect to x and W in the
// same pass (the logits are not computed twice). Rows of weight 0 add exactly 0 everywhere,
// whatever their target (targets of such rows may be any value and are not read as indices).
template <class T>
struct LinearCrossEntropyArgsOf {
  const T* x;               // (rows, in)
  const T* weight;          // (vocab, in)
  const int32_t* targets;   // (rows)
  const float* weights;     // (rows), per-token weights >= 0
  const float* loss_scale;  // (1): 1 / global sum of weights over the whole step
  float* loss;              // (1), overwritten; summed in row order in double
  T* dx;                    // (rows, in) overwritten, or null for loss only
  float* dweight;           // (vocab, in), or null when dx is null or nobody asks for it
  float coefficient;        // upstream gradient of the loss, e.g. the weight of an auxiliary head
  int64_t rows, in, vocab;
  bool accumulate_dweight;  // false: overwrite dweight
};
using LinearCrossEntropyArgs = LinearCrossEntropyArgsOf<float>;

// The kernels; lists/ has their order.
extern const Kernel<LinearCrossEntropyArgs> kLinearCrossEntropyCublasLt, kLinearCrossEntropyCuda,
    kLinearCrossEntropyOneDnn, kLinearCrossEntropyOpenBlas, kLinearCrossEntropyRef;

extern const Kernel<LinearCrossEntropyArgsOf<Bf16>> kLinearCrossEntropyCublasLtBf16,
    kLinearCrossEntropyCudaBf16, kLinearCrossEntropyRefBf16;

template <class T = float>
KernelList<LinearCrossEntropyArgsOf<T>> linear_cross_entropy_kernels();

}  // namespace raddle::kernels
