// SPDX-License-Identifier: Apache-2.0
// Fused projection and cross-entropy on a GPU, by whatever carries products out: chunks of rows
// whose logits exist at a time.
#pragma once

#include "kernels/cuda/matrix/gemm.h"
#include "kernels/ops/linear_cross_entropy.h"

namespace raddle::kernels {

// Most bytes of logits, unless a row alone has more. Each chunk reads and writes all of dW once, so
// few large chunks are best: with half of this, and 50,304 words, that traffic is below a tenth of
// the products' time in FP32. In BF16 the products take a fraction of that time, but a chunk has
// twice the rows.
inline constexpr size_t kLogitsBytesMax = size_t{512} << 20;

// Logits are of type T, and so are the gradients that they become: in BF16 both are rounded.
template <class T>
size_t cross_entropy_scratch(const LinearCrossEntropyArgsOf<T>& args, const CudaProducts& products,
                             size_t logits_bytes_max = kLogitsBytesMax);
template <class T>
Status cross_entropy(const LinearCrossEntropyArgsOf<T>& args, const CudaProducts& products,
                     const Launch& launch, size_t logits_bytes_max = kLogitsBytesMax);
// As CudaProducts::prepare, for all products of that call.
template <class T>
Status prepare_cross_entropy(const LinearCrossEntropyArgsOf<T>& args, const CudaProducts& products,
                             const Launch& launch, size_t logits_bytes_max = kLogitsBytesMax);

}  // namespace raddle::kernels
