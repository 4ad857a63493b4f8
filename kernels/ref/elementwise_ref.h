// SPDX-License-Identifier: Apache-2.0
// The definition of the pointwise operations: plain loops in double.
#pragma once

#include "kernels/ops/elementwise.h"

namespace raddle::kernels {

extern const Kernel<GeluArgs> kGeluRef;
extern const Kernel<GeluGradArgs> kGeluGradRef;
extern const Kernel<SwigluArgs> kSwigluRef;
extern const Kernel<SwigluGradArgs> kSwigluGradRef;
extern const Kernel<AddArgs> kAddRef;
extern const Kernel<ConcatArgs> kConcatRef;
extern const Kernel<SplitArgs> kSplitRef;

}  // namespace raddle::kernels
