// SPDX-License-Identifier: Apache-2.0
#include "comm/sum.h"

#include "runtime/base/bf16.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "comm/sum.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::comm::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using FloatVec = hn::Vec<Floats>;

HWY_INLINE FloatVec load(const float* from) { return hn::LoadU(Floats(), from); }
HWY_INLINE FloatVec load(const uint16_t* from) {
  const hn::Rebind<uint32_t, Floats> words;
  const hn::Rebind<uint16_t, Floats> halves;
  const auto bits = hn::PromoteTo(words, hn::LoadU(halves, from));
  return hn::BitCast(Floats(), hn::ShiftLeft<16>(bits));
}

HWY_INLINE void store(FloatVec values, float* to) { hn::StoreU(values, Floats(), to); }
// The bits of f32_to_bf16(): instructions that convert make something else of NaN and of the
// smallest numbers.
HWY_INLINE void store(FloatVec values, uint16_t* to) {
  const hn::Rebind<uint32_t, Floats> words;
  const hn::Rebind<int32_t, Floats> signed_words;
  const hn::Rebind<uint16_t, Floats> halves;
  const auto bits = hn::BitCast(words, values);
  const auto upper = hn::ShiftRight<16>(bits);
  const auto is_odd = hn::And(upper, hn::Set(words, 1U));
  const auto nearest = hn::ShiftRight<16>(hn::Add(bits, hn::Add(hn::Set(words, 0x7FFFU), is_odd)));
  const auto of_nan = hn::Or(upper, hn::Set(words, 0x40U));
  const auto is_nan = hn::RebindMask(words, hn::IsNaN(values));
  const auto rounded = hn::IfThenElse(is_nan, of_nan, nearest);
  hn::StoreU(hn::DemoteTo(halves, hn::BitCast(signed_words, rounded)), halves, to);
}

HWY_INLINE float value_of(float value) { return value; }
HWY_INLINE float value_of(uint16_t bits) { return bf16_to_f32(bits); }
HWY_INLINE void put(float value, float* to) { *to = value; }
HWY_INLINE void put(float value, uint16_t* to) { *to = f32_to_bf16(value); }

// Each block goes through all ranks before the next, so that a value is loaded and stored once.
template <class T>
HWY_INLINE void sum_all(const std::byte* const* from, size_t ranks, size_t count, T* to) {
  const auto at = [&](size_t rank, size_t i)
                      HWY_ATTR { return reinterpret_cast<const T*>(from[rank]) + i; };
  const size_t lanes = hn::Lanes(Floats());
  size_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    FloatVec a = load(at(0, i)), b = load(at(0, i + lanes)), c = load(at(0, i + 2 * lanes)),
             d = load(at(0, i + 3 * lanes));
    for (size_t rank = 1; rank < ranks; ++rank) {
      a = hn::Add(a, load(at(rank, i)));
      b = hn::Add(b, load(at(rank, i + lanes)));
      c = hn::Add(c, load(at(rank, i + 2 * lanes)));
      d = hn::Add(d, load(at(rank, i + 3 * lanes)));
    }
    store(a, to + i);
    store(b, to + i + lanes);
    store(c, to + i + 2 * lanes);
    store(d, to + i + 3 * lanes);
  }
  for (; i < count; ++i) {
    float value = value_of(*at(0, i));
    for (size_t rank = 1; rank < ranks; ++rank) value += value_of(*at(rank, i));
    put(value, to + i);
  }
}

void sum_f32(const std::byte* const* from, size_t ranks, size_t count, std::byte* to) {
  sum_all(from, ranks, count, reinterpret_cast<float*>(to));
}
void sum_bf16(const std::byte* const* from, size_t ranks, size_t count, std::byte* to) {
  sum_all(from, ranks, count, reinterpret_cast<uint16_t*>(to));
}

}  // namespace raddle::comm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::comm {
namespace {

HWY_EXPORT(sum_f32);
HWY_EXPORT(sum_bf16);

}  // namespace

void sum(Element element, std::span<const std::byte* const> from, size_t count, std::byte* to) {
  if (element == Element::kF32) {
    HWY_DYNAMIC_DISPATCH(sum_f32)(from.data(), from.size(), count, to);
  } else {
    HWY_DYNAMIC_DISPATCH(sum_bf16)(from.data(), from.size(), count, to);
  }
}

}  // namespace raddle::comm
#endif  // HWY_ONCE
