// SPDX-License-Identifier: Apache-2.0
// Table look-up and its gradient, best first, reference last.
#include <array>

#include "kernels/ops/embedding.h"

namespace raddle::kernels {
namespace {

constexpr std::array kEmbedding = {&kEmbeddingCuda, &kEmbeddingCpu, &kEmbeddingRef};
constexpr std::array kEmbeddingGrad = {&kEmbeddingGradCuda, &kEmbeddingGradCpu, &kEmbeddingGradRef};
static_assert(kEmbedding.back() == &kEmbeddingRef && kEmbeddingGrad.back() == &kEmbeddingGradRef,
              "the reference must stay last");

}  // namespace

KernelList<EmbeddingArgs> embedding_kernels() { return kEmbedding; }
KernelList<EmbeddingGradArgs> embedding_grad_kernels() { return kEmbeddingGrad; }

}  // namespace raddle::kernels
