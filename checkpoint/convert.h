// SPDX-License-Identifier: Apache-2.0
// Half-width floats to float32, exactly: every BF16 and F16 value, subnormal, infinity and NaN
// payload included, has one float32 with the same meaning. And F64 to the nearest float32. Used
// when weights are imported.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/base/dtype.h"
#include "runtime/base/status.h"

namespace raddle::checkpoint {

float f16_to_f32(uint16_t bits);

// Whether convert() knows the pair: equal types, and BF16, F16 or F64 to F32.
bool can_convert(DType from, DType to);

// `elements` values from `in` (any alignment) to `out` (aligned for `to`). can_convert() must hold.
void convert(DType from, const void* in, DType to, void* out, size_t elements);

}  // namespace raddle::checkpoint
