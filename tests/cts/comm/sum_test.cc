// SPDX-License-Identifier: Apache-2.0
// Sums on each instruction set of this machine, against one element at a time.
#include "comm/sum.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "hwy/highway.h"
#include "tests/cts/comm/values.h"

namespace raddle::comm::test {
namespace {

constexpr size_t kMost = 300;

// Values of a rank, among them those that are no ordinary numbers.
float hard_value(int32_t rank, size_t i) {
  switch (i % 11) {
    case 3:
      return rank == 1 ? std::numeric_limits<float>::infinity() : -0.0F;
    case 5:
      return rank == 0 ? std::numeric_limits<float>::quiet_NaN() : 1.0F;
    case 7:
      return std::numeric_limits<float>::denorm_min() * static_cast<float>(i + 1);
    case 9:
      return 1.0F + 0x1.0p-8F;  // half way between two of BF16
    default:
      return value_of(rank, i);
  }
}

template <class T>
struct Values {
  std::vector<std::vector<T>> of_rank;
  std::vector<const std::byte*> from;
};
template <class T>
Values<T> values_of(size_t ranks, T (*make)(int32_t, size_t)) {
  Values<T> values;
  for (size_t rank = 0; rank < ranks; ++rank) {
    values.of_rank.emplace_back();
    for (size_t i = 0; i < kMost; ++i) {
      values.of_rank[rank].push_back(make(static_cast<int32_t>(rank), i));
    }
  }
  for (const auto& held : values.of_rank) {
    values.from.push_back(reinterpret_cast<const std::byte*>(held.data()));
  }
  return values;
}

// `own` is the rank whose values are replaced; what lies behind `count` is not touched.
template <class T, class Expected>
void expect_sums(Element element, Values<T> values, size_t count, size_t own, Expected expected) {
  const std::vector<T> before = values.of_rank[own];
  std::vector<T> wanted;
  for (size_t i = 0; i < count; ++i) wanted.push_back(expected(values.of_rank, i));
  std::vector<T>& to = values.of_rank[own];
  sum(element, values.from, count, reinterpret_cast<std::byte*>(to.data()));
  for (size_t i = 0; i < kMost; ++i) {
    const T right = i < count ? wanted[i] : before[i];
    ASSERT_EQ(std::memcmp(&to[i], &right, sizeof(T)), 0)
        << i << " of " << count << ", " << values.from.size() << " ranks";
  }
}

float f32_sum(const std::vector<std::vector<float>>& of_rank, size_t i) {
  float value = of_rank[0][i];
  for (size_t rank = 1; rank < of_rank.size(); ++rank) value += of_rank[rank][i];
  return value;
}
uint16_t bf16_sum(const std::vector<std::vector<uint16_t>>& of_rank, size_t i) {
  float value = bf16_to_f32(of_rank[0][i]);
  for (size_t rank = 1; rank < of_rank.size(); ++rank) value += bf16_to_f32(of_rank[rank][i]);
  return f32_to_bf16(value);
}

void choose(int64_t target) {
  hwy::SetSupportedTargetsForTest(target == 0 ? 0 : target | HWY_STATIC_TARGET);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

TEST(Sums, AreTheSameOnEveryInstructionSet) {
  const int64_t here = hwy::SupportedTargets();
  for (const int64_t target : {int64_t{HWY_AVX3}, int64_t{HWY_AVX2}, int64_t{HWY_STATIC_TARGET}}) {
    if ((here & target) == 0 && target != HWY_STATIC_TARGET) continue;
    choose(target);
    for (const size_t ranks : {1, 2, 3, 8}) {
      for (const size_t count : {0, 1, 7, 63, 64, 65, 128, 300}) {
        const size_t own = count % ranks;
        expect_sums<float>(Element::kF32, values_of(ranks, &hard_value), count, own, &f32_sum);
        expect_sums<uint16_t>(
            Element::kBF16,
            values_of<uint16_t>(
                ranks, [](int32_t rank, size_t i) { return f32_to_bf16(hard_value(rank, i)); }),
            count, own, &bf16_sum);
      }
    }
  }
  choose(0);
}

}  // namespace
}  // namespace raddle::comm::test
