// SPDX-License-Identifier: Apache-2.0
// Table look-up and its scatter-add. An id outside [0, vocab) is a checked error at batch entry
// (session), so kernels may assume ids in range.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace raddle::kernels {

// y[t] = table[ids[t]].
template <class T>
struct EmbeddingArgsOf {
  const T* table;      // (vocab, width)
  const int32_t* ids;  // (rows)
  T* y;                // (rows, width)
  int64_t rows, vocab, width;
};
using EmbeddingArgs = EmbeddingArgsOf<float>;

// dtable[ids[t]] += dy[t], rows in ascending t for each id (fixed order). Without `accumulate` the
// table is zeroed first.
template <class T>
struct EmbeddingGradArgsOf {
  const T* dy;         // (rows, width)
  const int32_t* ids;  // (rows)
  float* dtable;       // (vocab, width)
  int64_t rows, vocab, width;
  bool accumulate;
};
using EmbeddingGradArgs = EmbeddingGradArgsOf<float>;

// The kernels; lists/ has their order.
extern const Kernel<EmbeddingArgs> kEmbeddingCuda, kEmbeddingCpu, kEmbeddingRef;
extern const Kernel<EmbeddingGradArgs> kEmbeddingGradCuda, kEmbeddingGradCpu, kEmbeddingGradRef;

extern const Kernel<EmbeddingArgsOf<Bf16>> kEmbeddingCudaBf16, kEmbeddingRefBf16;
extern const Kernel<EmbeddingGradArgsOf<Bf16>> kEmbeddingGradCudaBf16, kEmbeddingGradRefBf16;

template <class T = float>
KernelList<EmbeddingArgsOf<T>> embedding_kernels();
template <class T = float>
KernelList<EmbeddingGradArgsOf<T>> embedding_grad_kernels();

}  // namespace raddle::kernels
