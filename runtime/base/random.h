// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers (Philox4x32-10; Salmon et al., SC 2011). The value at (seed, stream,
// counter) is a pure function, so work may be split over threads and ranks in any way and a resumed
// run needs to store only counters.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace raddle {

// Ten rounds of Philox4x32 on (counter, stream) with key = seed.
inline std::array<uint32_t, 4> philox(uint64_t seed, uint64_t stream, uint64_t counter) {
  uint32_t c0 = static_cast<uint32_t>(counter), c1 = static_cast<uint32_t>(counter >> 32);
  uint32_t c2 = static_cast<uint32_t>(stream), c3 = static_cast<uint32_t>(stream >> 32);
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53u} * c0;
    const uint64_t p1 = uint64_t{0xCD9E8D57u} * c2;
    const uint32_t n0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ k0;
    const uint32_t n2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<uint32_t>(p1);
    c3 = static_cast<uint32_t>(p0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {c0, c1, c2, c3};
}

// Uniform in [0, 1) with 24 bits; in (0, 1] with `to_unit_positive`.
inline float to_unit(uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1.0p-24f; }
inline float to_unit_positive(uint32_t bits) {
  return (static_cast<float>(bits >> 8) + 1.0f) * 0x1.0p-24f;
}

// Four standard normals for one counter (two Box-Muller pairs).
inline std::array<float, 4> philox_normal(uint64_t seed, uint64_t stream, uint64_t counter) {
  const auto u = philox(seed, stream, counter);
  std::array<float, 4> out;
  for (size_t i = 0; i < 4; i += 2) {
    const float radius = std::sqrt(-2.0f * std::log(to_unit_positive(u[i])));
    const float angle = 6.28318530717958648f * to_unit(u[i + 1]);
    out[i] = radius * std::cos(angle);
    out[i + 1] = radius * std::sin(angle);
  }
  return out;
}

// A sequential view of one stream, for shuffles and sampling. Copyable; its state is three numbers.
class RandomStream {
 public:
  RandomStream(uint64_t seed, uint64_t stream, uint64_t counter = 0)
      : seed_(seed), stream_(stream), counter_(counter) {}
  uint64_t next_u64() {
    const auto u = philox(seed_, stream_, counter_++);
    return (uint64_t{u[0]} << 32) | u[1];
  }
  // Unbiased integer in [0, bound); bound > 0. Draws from the incomplete last cycle are rejected.
  uint64_t below(uint64_t bound) {
    const uint64_t incomplete = (0 - bound) % bound;  // 2^64 mod bound
    while (true) {
      const uint64_t draw = next_u64();
      if (draw >= incomplete) return draw % bound;
    }
  }
  double unit() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }
  uint64_t counter() const { return counter_; }

 private:
  uint64_t seed_, stream_, counter_;
};

}  // namespace raddle
