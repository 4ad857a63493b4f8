// SPDX-License-Identifier: Apache-2.0
// Sums of chunks that several ranks have, in F32: load the first, add the others, store.
#pragma once

#include <cstddef>
#include <cstdint>

#include "comm/communicator.h"

namespace raddle::comm {

// Sums go over pieces that stay in the cache of one core.
inline constexpr size_t kSumElements = 8192;

void load(Element element, const std::byte* values, size_t count, float* sums);
void add(Element element, const std::byte* values, size_t count, float* sums);
// BF16: the nearest, and of two the even one.
void store(Element element, const float* sums, size_t count, std::byte* to);

}  // namespace raddle::comm
