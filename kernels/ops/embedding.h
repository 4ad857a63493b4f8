// SPDX-License-Identifier: Apache-2.0
// Table look-up and its scatter-add. An id outside [0, vocab) is a checked error at batch entry
// (session), so kernels may assume ids in range.
#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace raddle::kernels {

// y[t] = table[ids[t]].
struct EmbeddingArgs {
  const float* table;  // (vocab, width)
  const int32_t* ids;  // (rows)
  float* y;            // (rows, width)
  int64_t rows, vocab, width;
};

// dtable[ids[t]] += dy[t], rows in ascending t for each id (fixed order). Without `accumulate` the
// table is zeroed first.
struct EmbeddingGradArgs {
  const float* dy;     // (rows, width)
  const int32_t* ids;  // (rows)
  float* dtable;       // (vocab, width)
  int64_t rows, vocab, width;
  bool accumulate;
};

// The kernels; lists/ has their order.
extern const Kernel<EmbeddingArgs> kEmbeddingCuda, kEmbeddingCpu, kEmbeddingRef;
extern const Kernel<EmbeddingGradArgs> kEmbeddingGradCuda, kEmbeddingGradCpu, kEmbeddingGradRef;

KernelList<EmbeddingArgs> embedding_kernels();
KernelList<EmbeddingGradArgs> embedding_grad_kernels();

}  // namespace raddle::kernels
