// SPDX-License-Identifier: Apache-2.0
// RADDLE_INSTRUCTION_SET = avx512, avx2 or portable: our vector code uses nothing above it. Two
// processors then give the same bits, and a newer one can be measured as an older one. (Matrix
// libraries have variables of their own, DNNL_MAX_CPU_ISA and OPENBLAS_CORETYPE.)
#pragma once

#include "runtime/base/status.h"
#include "runtime/device/caps.h"

namespace raddle::kernels {

// Applies the variable to the process, once, and takes from `caps` what it rules out.
// INVALID_ARGUMENT: it says something else. UNAVAILABLE: the processor lacks that instruction set.
// Thread-safe.
Status limit_instruction_sets(device::DeviceCaps& caps);

}  // namespace raddle::kernels
