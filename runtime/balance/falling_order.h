// SPDX-License-Identifier: Apache-2.0
// The order in which sequences are placed: longest first, of equals the earlier first.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace raddle::balance {

// Indices of the lengths, of which there is at least one; none is negative.
std::vector<int32_t> falling_order(std::span<const int64_t> lengths);

}  // namespace raddle::balance
