// SPDX-License-Identifier: Apache-2.0
// Inputs of products whose results are exact.
#pragma once

#include <cstdint>
#include <vector>

namespace raddle::test {

// Small integers: every order of summation gives the same float, so any difference is corruption.
inline std::vector<float> small_integers(int64_t count, int64_t seed) {
  std::vector<float> out(static_cast<size_t>(count));
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>((static_cast<int64_t>(i) * 7 + seed * 13) % 11 - 5);
  }
  return out;
}

}  // namespace raddle::test
