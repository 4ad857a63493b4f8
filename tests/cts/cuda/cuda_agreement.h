// SPDX-License-Identifier: Apache-2.0
// The CUDA column of the conformance suite: on every case of an op each kernel for a GPU must agree
// with the reference, and give the same bits each time. On the stand-in the threads and blocks come
// in another order each time, so a barrier that is missing shows.
#pragma once

#include "tests/cts/kernels/agreement.h"
#include "tests/cts/kernels/elements.h"
#include "tests/support/cuda_runner.h"

namespace raddle::test {

// A GPU sums in another order than the CPU's kernels and has its own tanh and exp, good to a few
// units in the last place: the cases' tolerances, which are for the CPU's, are taken twice.
inline constexpr double kCudaTolerance = 2;

// A Problem's own members may be arguments, so the copy is on the heap, where a GPU can read it.
template <class Args, class Problem>
Results run_on_cuda(const kernels::Kernel<Args>& kernel, const Problem& given) {
  const auto copy = std::make_unique<Problem>(given);
  Problem& problem = *copy;
  const StatusOr<CudaRunner*> runner = CudaRunner::get();
  if (!runner.is_ok()) {
    ADD_FAILURE() << runner.status().message();
    return {};
  }
  const Status status = runner.value()->run(kernel, problem.args());
  EXPECT_TRUE(status.is_ok()) << kernel.name << ": " << status.message();
  return problem.outputs();
}

// A Problem of another type than float names it as Element, and how many of its outputs, the first
// ones, are of it.
template <class Problem>
constexpr double rounding_of(size_t output) {
  if constexpr (requires { typename Problem::Element; }) {
    return output < Problem::kOfElement ? kRoundingOf<typename Problem::Element> : 0;
  } else {
    return 0;
  }
}

// How many kernels of the list ran.
template <class Args, class Problem>
int expect_cuda_agreement(kernels::KernelList<Args> list, const Problem& problem,
                          double tolerance) {
  const Results expected = run_problem(*list.back(), problem, 1);
  int ran = 0;
  for (const kernels::Kernel<Args>* kernel : list) {
    if (!kernels::runs_on(kernel->code, device::Kind::kCuda)) continue;
    SCOPED_TRACE(std::string(kernel->name));
    ++ran;
    const Results actual = run_on_cuda(*kernel, problem);
    EXPECT_EQ(actual.size(), expected.size());
    if (actual.size() != expected.size()) continue;
    for (size_t i = 0; i < actual.size(); ++i) {
      EXPECT_LE(error_beyond(rounding_of<Problem>(i), actual[i], expected[i]),
                kCudaTolerance * tolerance)
          << "output " << i;
    }
    for (int again = 0; again < RADDLE_CUDA_REPEATS; ++again) {
      const Results repeated = run_on_cuda(*kernel, problem);
      for (size_t i = 0; i < repeated.size(); ++i) {
        EXPECT_TRUE(same_bits(repeated[i], actual[i]))
            << "output " << i << " differs when repeated";
      }
    }
  }
  return ran;
}

template <class Problem>
int expect_cuda_agreement(const Case& c) {
  SCOPED_TRACE(c.line());
  const char* const key = Problem::kTolerance;
  return expect_cuda_agreement(Problem::list(), Problem(c), key == nullptr ? 0 : c.number(key));
}

// Cases that the op's file lacks: shapes at which its CUDA kernels change their ways.
template <class... Problems>
void expect_cuda_agreement_on(testing::Types<Problems...>, const char* line) {
  const Case c(line);
  EXPECT_TRUE(((expect_cuda_agreement<Problems>(c) > 0) && ...)) << "not all run on a GPU";
}

template <class Problem>
class CudaKernelsAgree : public testing::Test {};
TYPED_TEST_SUITE_P(CudaKernelsAgree);
TYPED_TEST_P(CudaKernelsAgree, OnTheirCases) {
  for (const Case& c : read_cases(RADDLE_SOURCE_DIR, TypeParam::kCases)) {
    if (c.integer("slow") != 0 || c.integer("bench") != 0) continue;
#ifdef __SANITIZE_ADDRESS__
    if (c.integer("large") != 0) continue;  // minutes on the stand-in, and smaller ones do the same
#endif
    const int ran = expect_cuda_agreement<TypeParam>(c);
    ASSERT_GT(ran, 0) << "no kernel of this op runs on a GPU";
  }
}
REGISTER_TYPED_TEST_SUITE_P(CudaKernelsAgree, OnTheirCases);

}  // namespace raddle::test
