// SPDX-License-Identifier: Apache-2.0
// Table look-up and scatter-add on the worker pool.
#pragma once

#include "kernels/ops/embedding.h"

namespace raddle::kernels {

extern const Kernel<EmbeddingArgs> kEmbeddingCpu;
extern const Kernel<EmbeddingGradArgs> kEmbeddingGradCpu;

}  // namespace raddle::kernels
