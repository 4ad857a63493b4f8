// SPDX-License-Identifier: Apache-2.0
// The tuned CPU kernels of virtual width: any m, n and d, spread over the worker pool in fixed
// blocks of tokens, so that results are bit-equal for any number of threads.
#pragma once

#include "kernels/ops/hyper_connection.h"

namespace raddle::kernels {

extern const Kernel<GhcReadArgs> kGhcReadCpu;
extern const Kernel<GhcWriteArgs> kGhcWriteCpu;
extern const Kernel<GhcBoundaryArgs> kGhcBoundaryCpu;
extern const Kernel<GhcReadGradArgs> kGhcReadGradCpu;
extern const Kernel<GhcWriteGradArgs> kGhcWriteGradCpu;
extern const Kernel<GhcBoundaryGradArgs> kGhcBoundaryGradCpu;

}  // namespace raddle::kernels
