// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/falling_order.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace raddle::balance {

std::vector<int32_t> falling_order(std::span<const int64_t> lengths) {
  // By digits of 11 bits, the least first: each pass keeps the order of the one before.
  constexpr size_t kDigits = size_t{1} << 11;
  std::vector<int32_t> order(lengths.size()), sorted(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  const int64_t longest = *std::ranges::max_element(lengths);
  for (int shift = 0; (longest >> shift) > 0; shift += 11) {
    std::array<size_t, kDigits> at = {};
    const auto digit = [&](int32_t i) {
      return kDigits - 1 -
             (static_cast<size_t>(lengths[static_cast<size_t>(i)] >> shift) & (kDigits - 1));
    };
    for (const int32_t i : order) ++at[digit(i)];
    std::exclusive_scan(at.begin(), at.end(), at.begin(), size_t{0});
    for (const int32_t i : order) sorted[at[digit(i)]++] = i;
    order.swap(sorted);
  }
  return order;
}

}  // namespace raddle::balance
