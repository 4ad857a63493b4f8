// SPDX-License-Identifier: Apache-2.0
// The normals of runtime/base/random.h, many at a time. A model's start is tens of millions of
// them, and one at a time they were the longest part of a small model's first step.
#pragma once

#include <cstdint>
#include <span>

namespace raddle::kernels {

// out[i] = scale * (normal i % 4 of counter `first_counter + i / 4`), as philox_normal draws them
// up to rounding: 1e-6 of the largest.
void fill_normal(uint64_t seed, uint64_t stream, uint64_t first_counter, float scale,
                 std::span<float> out);

}  // namespace raddle::kernels
