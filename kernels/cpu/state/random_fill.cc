// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/state/random_fill.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/state/random_fill.cc"
#include <hwy/foreach_target.h>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using WordTag = hn::RebindToUnsigned<FloatTag>;
using FloatVec = hn::Vec<FloatTag>;
using WordVec = hn::Vec<WordTag>;

// Both halves of the 64-bit products of 32-bit lanes.
struct Product {
  WordVec high, low;
};
HWY_INLINE Product multiply(WordVec a, uint32_t by) {
  const WordTag d;
#if HWY_TARGET == HWY_SCALAR
  const uint64_t product = uint64_t{hn::GetLane(a)} * by;
  return {hn::Set(d, static_cast<uint32_t>(product >> 32)),
          hn::Set(d, static_cast<uint32_t>(product))};
#else
  const hn::RepartitionToWide<WordTag> wide;
  const WordVec b = hn::Set(d, by);
  const auto even = hn::MulEven(a, b);
  const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, a))), b);
  const WordVec even_high = hn::BitCast(d, hn::ShiftRight<32>(even));
  return {hn::OddEven(hn::BitCast(d, odd), even_high), hn::Mul(a, b)};
#endif
}

// Philox4x32-10 of one counter a lane.
HWY_INLINE void philox_lanes(uint64_t seed, uint64_t stream, WordVec counter_low,
                             WordVec counter_high, WordVec (&c)[4]) {
  const WordTag d;
  c[0] = counter_low;
  c[1] = counter_high;
  c[2] = hn::Set(d, static_cast<uint32_t>(stream));
  c[3] = hn::Set(d, static_cast<uint32_t>(stream >> 32));
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const Product p0 = multiply(c[0], 0xD2511F53u), p1 = multiply(c[2], 0xCD9E8D57u);
    c[0] = hn::Xor(hn::Xor(p1.high, c[1]), hn::Set(d, k0));
    c[2] = hn::Xor(hn::Xor(p0.high, c[3]), hn::Set(d, k1));
    c[1] = p1.low;
    c[3] = p0.low;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

// The upper 24 bits as a float in [0, 2^24).
HWY_INLINE FloatVec upper_bits(WordVec bits) {
  const FloatTag d;
  const hn::RebindToSigned<FloatTag> di;
  return hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<8>(bits)));
}

struct Pair {
  FloatVec cosine, sine;
};
HWY_INLINE Pair box_muller(WordVec a, WordVec b, float scale) {
  const FloatTag d;
  const FloatVec unit = hn::Set(d, 0x1.0p-24f);
  const FloatVec u = hn::Mul(hn::Add(upper_bits(a), hn::Set(d, 1.0f)), unit);
  const FloatVec angle = hn::Mul(hn::Set(d, 6.28318530717958648f), hn::Mul(upper_bits(b), unit));
  const FloatVec radius =
      hn::Mul(hn::Set(d, scale), hn::Sqrt(hn::Mul(hn::Set(d, -2.0f), hn::Log(d, u))));
  return {hn::Mul(radius, hn::Cos(d, angle)), hn::Mul(radius, hn::Sin(d, angle))};
}

void fill_normal_lanes(uint64_t seed, uint64_t stream, uint64_t first_counter, float scale,
                       float* out, size_t count) {
  const FloatTag d;
  const WordTag dw;
  const size_t lanes = hn::Lanes(d), block = 4 * lanes;
  HWY_ALIGN float last[4 * HWY_MAX_BYTES / sizeof(float)];
  HWY_ALIGN uint32_t low[HWY_MAX_BYTES / sizeof(float)], high[HWY_MAX_BYTES / sizeof(float)];
  for (size_t i = 0; i < count; i += block) {
    for (size_t lane = 0; lane < lanes; ++lane) {
      const uint64_t counter = first_counter + i / 4 + lane;
      low[lane] = static_cast<uint32_t>(counter);
      high[lane] = static_cast<uint32_t>(counter >> 32);
    }
    WordVec c[4];
    philox_lanes(seed, stream, hn::Load(dw, low), hn::Load(dw, high), c);
    const Pair first = box_muller(c[0], c[1], scale), second = box_muller(c[2], c[3], scale);
    const bool whole = i + block <= count;
    hn::StoreInterleaved4(first.cosine, first.sine, second.cosine, second.sine, d,
                          whole ? out + i : last);
    if (!whole) std::memcpy(out + i, last, (count - i) * sizeof(float));
  }
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {

HWY_EXPORT(fill_normal_lanes);

void fill_normal(uint64_t seed, uint64_t stream, uint64_t first_counter, float scale,
                 std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(fill_normal_lanes)
  (seed, stream, first_counter, scale, out.data(), out.size());
}

}  // namespace raddle::kernels
#endif
