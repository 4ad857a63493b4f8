// SPDX-License-Identifier: Apache-2.0
// The reference kernels of virtual width: single-threaded loops over the definition.
#pragma once

#include "kernels/ops/hyper_connection.h"

namespace raddle::kernels {

extern const Kernel<GhcReadArgs> kGhcReadRef;
extern const Kernel<GhcWriteArgs> kGhcWriteRef;
extern const Kernel<GhcBoundaryArgs> kGhcBoundaryRef;
extern const Kernel<GhcReadGradArgs> kGhcReadGradRef;
extern const Kernel<GhcWriteGradArgs> kGhcWriteGradRef;
extern const Kernel<GhcBoundaryGradArgs> kGhcBoundaryGradRef;

}  // namespace raddle::kernels
