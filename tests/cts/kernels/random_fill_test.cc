// SPDX-License-Identifier: Apache-2.0
// Normals drawn in vectors against the plain generator, on every instruction set.
#include "kernels/cpu/state/random_fill.h"

#include "runtime/base/random.h"
#include "tests/cts/kernels/agreement.h"

namespace raddle::test {
namespace {

Floats plain(uint64_t seed, uint64_t stream, uint64_t counter, float scale, size_t count) {
  Floats out;
  for (; out.size() < count; ++counter) {
    for (const float value : philox_normal(seed, stream, counter)) out.push_back(scale * value);
  }
  out.resize(count);
  return out;
}

TEST(RandomFill, DrawsWhatThePlainGeneratorDraws) {
  constexpr uint64_t kSeed = 0x123456789abcdef0, kStream = 0xfedcba9876543210;
  for (const int64_t target : runnable_vector_targets()) {
    const VectorTarget restricted(target);
    SCOPED_TRACE(hwy::TargetName(target));
    // Counters that carry into their upper half; counts that fill no vector.
    for (const uint64_t first : {uint64_t{0}, uint64_t{0xfffffff0}, uint64_t{1} << 40}) {
      for (const size_t count : {1, 4, 63, 64, 65, 4099}) {
        Floats out = unwritten(static_cast<int64_t>(count));
        kernels::fill_normal(kSeed, kStream, first, 0.5f, out);
        EXPECT_LE(relative_error(out, plain(kSeed, kStream, first, 0.5f, count)), 2e-6)
            << count << " from " << first;
      }
    }
  }
}

TEST(RandomFill, HasTheMomentsOfANormal) {
  Floats out(1 << 20);
  kernels::fill_normal(1, 2, 0, 1.0f, out);
  double sum = 0, squares = 0, fourth = 0;
  for (const double value : out) {
    sum += value;
    squares += value * value;
    fourth += value * value * value * value;
  }
  const double n = static_cast<double>(out.size());
  EXPECT_NEAR(sum / n, 0, 5e-3);  // five standard errors
  EXPECT_NEAR(squares / n, 1, 7e-3);
  EXPECT_NEAR(fourth / n, 3, 5e-2);
}

}  // namespace
}  // namespace raddle::test
