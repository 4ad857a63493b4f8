// SPDX-License-Identifier: Apache-2.0
// The definition of attention: one query at a time, sums in double.
#pragma once

#include "kernels/ops/attention.h"

namespace raddle::kernels {

extern const Kernel<AttentionArgs> kAttentionRef;
extern const Kernel<AttentionGradArgs> kAttentionGradRef;
extern const Kernel<AttentionCachedArgs> kAttentionCachedRef;

}  // namespace raddle::kernels
