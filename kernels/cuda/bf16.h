// SPDX-License-Identifier: Apache-2.0
// BF16 under the name that device code has for it; bf16_convert.h makes floats of it.
#pragma once

#include "kernels/bf16.h"

namespace raddle::cuda {

using raddle::Bf16;

}  // namespace raddle::cuda
