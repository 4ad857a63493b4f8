// SPDX-License-Identifier: Apache-2.0
// Pointwise operations, vectorised, threaded over elements or rows.
#pragma once

#include "kernels/ops/elementwise.h"

namespace raddle::kernels {

extern const Kernel<GeluArgs> kGeluCpu;
extern const Kernel<GeluGradArgs> kGeluGradCpu;
extern const Kernel<SwigluArgs> kSwigluCpu;
extern const Kernel<SwigluGradArgs> kSwigluGradCpu;
extern const Kernel<AddArgs> kAddCpu;
extern const Kernel<ConcatArgs> kConcatCpu;
extern const Kernel<SplitArgs> kSplitCpu;

}  // namespace raddle::kernels
