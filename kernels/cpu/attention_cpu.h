// SPDX-License-Identifier: Apache-2.0
// Tiled attention with an online softmax (see attention_tiles-inl.h).
#pragma once

#include "kernels/ops/attention.h"

namespace raddle::kernels {

extern const Kernel<AttentionArgs> kAttentionCpu;
extern const Kernel<AttentionGradArgs> kAttentionGradCpu;
extern const Kernel<AttentionCachedArgs> kAttentionCachedCpu;

}  // namespace raddle::kernels
