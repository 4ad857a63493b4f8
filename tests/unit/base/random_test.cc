// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/random.h"

#include <gtest/gtest.h>

namespace raddle {
namespace {

// Known answers of Philox4x32-10 (Random123's kat_vectors).
TEST(Philox, KnownAnswers) {
  const std::array<uint32_t, 4> zero = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  EXPECT_EQ(philox(0, 0, 0), zero);
  const std::array<uint32_t, 4> ones = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
  EXPECT_EQ(philox(~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}), ones);
}

TEST(Philox, NormalHasUnitVariance) {
  double sum = 0, squares = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    for (float x : philox_normal(7, 3, static_cast<uint64_t>(i))) {
      sum += x;
      squares += double{x} * x;
    }
  }
  EXPECT_NEAR(sum / (4 * kDraws), 0.0, 0.02);
  EXPECT_NEAR(squares / (4 * kDraws), 1.0, 0.03);
}

TEST(RandomStream, BelowStaysBelowAndReplaysFromItsCounter) {
  RandomStream a(1, 2);
  for (int i = 0; i < 100; ++i) EXPECT_LT(a.below(7), 7u);
  RandomStream b(1, 2, a.counter());
  EXPECT_EQ(a.next_u64(), b.next_u64());
}

}  // namespace
}  // namespace raddle
