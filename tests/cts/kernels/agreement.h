// SPDX-License-Identifier: Apache-2.0
// The conformance rule of a kernel list: on every case, every kernel but the last must agree with
// the last, which is the reference; bit for bit with itself on 1, 2 and 3 threads; and on every
// vector instruction set that this machine can run. A Problem owns the buffers of one op: it is
// made from a case and may be copied, args() binds them, outputs() copies the results.
#pragma once

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "hwy/highway.h"
#include "tests/support/cases.h"
#include "tests/support/kernel_runner.h"

namespace raddle::test {

using Floats = std::vector<float>;
using Results = std::vector<Floats>;

// A buffer for a result, filled with NaN: an element that a kernel forgets is seen.
inline Floats unwritten(int64_t count) {
  return Floats(static_cast<size_t>(count), std::numeric_limits<float>::quiet_NaN());
}

// Null for an input that the case leaves out.
template <class T>
T* pointer_or_null(std::vector<T>& values) {
  return values.empty() ? nullptr : values.data();
}

// Restricts the kernels' run-time dispatch while it lives. 0: no restriction.
class VectorTarget {
 public:
  explicit VectorTarget(int64_t target) { choose(target); }
  ~VectorTarget() { choose(0); }
  VectorTarget(const VectorTarget&) = delete;
  VectorTarget& operator=(const VectorTarget&) = delete;

 private:
  static void choose(int64_t target) {
    hwy::SetSupportedTargetsForTest(target == 0 ? 0 : target | HWY_STATIC_TARGET);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

// The best instruction set first, the portable one last.
inline std::vector<int64_t> runnable_vector_targets() {
  std::vector<int64_t> targets;
  for (const int64_t target : {int64_t{HWY_AVX3}, int64_t{HWY_AVX2}}) {
    if ((hwy::SupportedTargets() & target) != 0) targets.push_back(target);
  }
  targets.push_back(HWY_STATIC_TARGET);
  return targets;
}

inline bool same_bits(const Floats& a, const Floats& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

// What the kernel makes of a copy of the problem. One that refuses it fails the test.
template <class Args, class Problem>
Results run_problem(const kernels::Kernel<Args>& kernel, Problem problem, int threads = 2) {
  KernelRunner runner(threads);
  const Status status = runner.run(kernel, problem.args());
  EXPECT_TRUE(status.is_ok()) << kernel.name << ": " << status.message();
  return problem.outputs();
}

// A Problem's kTolerance names the key of the case; nullptr: the same bits.
template <class Problem, class Args>
void expect_agreement(kernels::KernelList<Args> list, const Case& c, const char* tolerance_key) {
  SCOPED_TRACE(c.line());
  const double tolerance = tolerance_key == nullptr ? 0 : c.number(tolerance_key);
  ASSERT_TRUE(tolerance_key == nullptr || tolerance > 0) << "the case needs " << tolerance_key;
  const Results expected = run_problem(*list.back(), Problem(c), 1);
  std::vector<int64_t> targets = runnable_vector_targets();
  if (c.integer("bench") != 0) targets.resize(1);  // large: the others are for the odd shapes
  for (const int64_t target : targets) {
    const VectorTarget restricted(target);
    for (const kernels::Kernel<Args>* kernel : list.first(list.size() - 1)) {
      if (!kernels::runs_on(kernel->code, device::Kind::kCpu)) continue;
      SCOPED_TRACE(std::string(kernel->name) + " on " + hwy::TargetName(target));
      const Results actual = run_problem(*kernel, Problem(c), 1);
      ASSERT_EQ(actual.size(), expected.size());
      for (size_t i = 0; i < actual.size(); ++i) {
        EXPECT_LE(relative_error(actual[i], expected[i]), tolerance) << "output " << i;
      }
      for (const int threads : {2, 3}) {
        const Results again = run_problem(*kernel, Problem(c), threads);
        for (size_t i = 0; i < actual.size(); ++i) {
          EXPECT_TRUE(same_bits(again[i], actual[i]))
              << "output " << i << " differs between 1 and " << threads << " threads";
        }
      }
    }
  }
}

// Instantiated with the Problems of a family: each says its list of kernels, its file of cases and
// which of a case's keys is the tolerance.
template <class Problem>
class KernelsAgree : public testing::Test {};
TYPED_TEST_SUITE_P(KernelsAgree);
TYPED_TEST_P(KernelsAgree, OnTheirCases) {
  for (const Case& c : read_cases(RADDLE_SOURCE_DIR, TypeParam::kCases)) {
    if (c.integer("slow") != 0) continue;  // minutes for the reference: for benches alone
    expect_agreement<TypeParam>(TypeParam::list(), c, TypeParam::kTolerance);
  }
}
REGISTER_TYPED_TEST_SUITE_P(KernelsAgree, OnTheirCases);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(KernelsAgree);  // not all who include this have one

// Central differences of `loss`, one element of `input` at a time, against `gradient`.
template <class Loss>
void expect_gradient(Floats& input, const Floats& gradient, const Loss& loss, double tolerance) {
  ASSERT_EQ(input.size(), gradient.size());
  Floats numeric(input.size());
  constexpr float kStep = 1e-2f;
  for (size_t i = 0; i < input.size(); ++i) {
    const float saved = input[i];
    input[i] = saved + kStep;
    const double above = loss();
    input[i] = saved - kStep;
    const double below = loss();
    input[i] = saved;
    numeric[i] = static_cast<float>((above - below) / (2.0 * kStep));
  }
  EXPECT_LE(relative_error(gradient, numeric), tolerance);
}

// sum of a[i] b[i]: a loss whose gradient with respect to a is b.
inline double weighted_sum(const Floats& a, const Floats& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

}  // namespace raddle::test
