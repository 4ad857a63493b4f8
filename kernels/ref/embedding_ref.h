// SPDX-License-Identifier: Apache-2.0
// Table look-up and scatter-add as plain loops: the definition.
#pragma once

#include "kernels/ops/embedding.h"

namespace raddle::kernels {

extern const Kernel<EmbeddingArgs> kEmbeddingRef;
extern const Kernel<EmbeddingGradArgs> kEmbeddingGradRef;

}  // namespace raddle::kernels
