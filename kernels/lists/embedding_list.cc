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

constexpr std::array<const Kernel<EmbeddingArgsOf<Bf16>>*, 2> kEmbeddingBf16 = {&kEmbeddingCudaBf16,
                                                                                &kEmbeddingRefBf16};
constexpr std::array<const Kernel<EmbeddingGradArgsOf<Bf16>>*, 2> kEmbeddingGradBf16 = {
    &kEmbeddingGradCudaBf16, &kEmbeddingGradRefBf16};

}  // namespace

template <>
KernelList<EmbeddingArgs> embedding_kernels<float>() {
  return kEmbedding;
}
template <>
KernelList<EmbeddingArgsOf<Bf16>> embedding_kernels<Bf16>() {
  return kEmbeddingBf16;
}
template <>
KernelList<EmbeddingGradArgs> embedding_grad_kernels<float>() {
  return kEmbeddingGrad;
}
template <>
KernelList<EmbeddingGradArgsOf<Bf16>> embedding_grad_kernels<Bf16>() {
  return kEmbeddingGradBf16;
}

}  // namespace raddle::kernels
