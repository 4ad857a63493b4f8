// SPDX-License-Identifier: Apache-2.0
// Matrix products on a GPU, at shapes that cut tiles, slices and the inner dimension in odd places.
#include "kernels/cuda/matrix/linear_cross_entropy.h"
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/linear_cross_entropy_problem.h"
#include "tests/cts/kernels/linear_problem.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Linear, CudaKernelsAgree, LinearProblems);
INSTANTIATE_TYPED_TEST_SUITE_P(LinearBf16, CudaKernelsAgree, LinearProblemsOf<Bf16>);
INSTANTIATE_TYPED_TEST_SUITE_P(CrossEntropy, CudaKernelsAgree, LinearCrossEntropyProblems);

template <class Problem>
class CudaProducts : public testing::Test {};
TYPED_TEST_SUITE(CudaProducts, LinearProblems);
template <class Problem>
class CudaBf16Products : public testing::Test {};
TYPED_TEST_SUITE(CudaBf16Products, LinearProblemsOf<Bf16>);

constexpr const char* kCutCases[] = {"rows=1 in=1024 out=1024 bias=1 tol=8e-6",
                                     "rows=1027 in=130 out=5 accumulate=1 tol=1e-5",
                                     "rows=6 in=9 out=2050 bias=1 accumulate=1 tol=1e-5",
                                     "rows=2 in=1555 out=131 bias=1 accumulate=1 tol=1e-5",
                                     "rows=260 in=516 out=260 bias=1 accumulate=1 tol=1e-5"};

TYPED_TEST(CudaProducts, AgreeWhereTheInnerDimensionIsCut) {
  for (const char* line : kCutCases) EXPECT_GT(expect_cuda_agreement<TypeParam>(Case(line)), 0);
}
TYPED_TEST(CudaBf16Products, AgreeWhereTheInnerDimensionIsCut) {
  for (const char* line : kCutCases) EXPECT_GT(expect_cuda_agreement<TypeParam>(Case(line)), 0);
}
// Rows of whole packs, which the FP32 cases have few of.
TYPED_TEST(CudaBf16Products, AgreeOnPacks) {
  for (const char* line : {"rows=200 in=264 out=328 bias=1 accumulate=1 tol=1e-5",
                           "rows=16 in=2056 out=136 bias=1 tol=1e-5"}) {
    EXPECT_GT(expect_cuda_agreement<TypeParam>(Case(line)), 0);
  }
}

// Rows that begin on no multiple of 16 bytes, as views may.
template <class T>
void expect_any_alignment(const kernels::Kernel<kernels::LinearArgsOf<T>>& kernel) {
  const Case c("rows=36 in=64 out=132 bias=1");
  LinearForwardOf<T> at(c);
  const Results expected = run_problem(*at.list().back(), at);
  const auto moved = [](const std::vector<T>& values) {
    std::vector<T> out(1);
    out.insert(out.end(), values.begin(), values.end());
    return out;
  };
  std::vector<T> x = moved(at.x), weight = moved(at.weight), y = moved(at.y);
  kernels::LinearArgsOf<T> args = at.args();
  args.x = x.data() + 1;
  args.weight = weight.data() + 1;
  args.y = y.data() + 1;
  ASSERT_TRUE(CudaRunner::get().is_ok());
  ASSERT_TRUE(CudaRunner::get().value()->run(kernel, args).is_ok());
  y.erase(y.begin());
  EXPECT_LE(error_beyond(kRoundingOf<T>, widened(y), expected[0]), 1e-5);
}

TEST(CudaProducts, TakeAnyAlignment) {
  expect_any_alignment(kernels::kLinearCuda);
  expect_any_alignment(kernels::kLinearCudaBf16);
  expect_any_alignment(kernels::kLinearCublasLtBf16);
}

// A sum of nothing is zero, or what was there.
template <class T>
void expect_sums_of_nothing(const kernels::Kernel<kernels::LinearGradWeightArgsOf<T>>& of_weight,
                            const kernels::Kernel<kernels::LinearGradBiasArgsOf<T>>& of_bias) {
  for (const bool accumulate : {false, true}) {
    Floats dweight(6, 2.0f), dbias(2, 3.0f);
    const kernels::LinearGradWeightArgsOf<T> weight = {nullptr, nullptr, dweight.data(), 0,
                                                       3,       2,       accumulate};
    const kernels::LinearGradBiasArgsOf<T> bias = {nullptr, dbias.data(), 0, 2, accumulate};
    CudaRunner& runner = **CudaRunner::get();
    ASSERT_TRUE(runner.run(of_weight, weight).is_ok());
    ASSERT_TRUE(runner.run(of_bias, bias).is_ok());
    EXPECT_EQ(dweight, Floats(6, accumulate ? 2.0f : 0.0f));
    EXPECT_EQ(dbias, Floats(2, accumulate ? 3.0f : 0.0f));
  }
}

TEST(CudaProducts, OfNoInnerDimension) {
  expect_sums_of_nothing(kernels::kLinearGradWeightCuda, kernels::kLinearGradBiasCuda);
  expect_sums_of_nothing(kernels::kLinearGradWeightCudaBf16, kernels::kLinearGradBiasCudaBf16);
}

// Few logits at a time, so that a small problem has several chunks, the last one shorter.
constexpr size_t kFewLogits = 40'000;
size_t few_logits_scratch(const kernels::LinearCrossEntropyArgs& args, const device::DeviceCaps&) {
  return kernels::cross_entropy_scratch(args, kernels::kOwnProducts, kFewLogits);
}
Status few_logits(const kernels::LinearCrossEntropyArgs& args, const kernels::Launch& launch) {
  return kernels::cross_entropy(args, kernels::kOwnProducts, launch, kFewLogits);
}
constexpr kernels::Kernel<kernels::LinearCrossEntropyArgs> kFewLogitsKernel = {
    "linear_cross_entropy:few_logits", &kernels::accept_any<kernels::LinearCrossEntropyArgs>,
    &few_logits_scratch, &few_logits, kernels::RunsOn::kCuda};

TEST(CudaCrossEntropy, ChunksAddUp) {
  for (const char* line : {"rows=70 in=24 vocab=403 masked=3 accumulate=1",
                           "rows=70 in=24 vocab=403 masked=3", "rows=3 in=5 vocab=10011"}) {
    const Case c(line);
    const LinearCrossEntropyProblem problem(c);
    const Results expected =
        run_problem(*kernels::linear_cross_entropy_kernels().back(), problem, 1);
    const Results actual = run_on_cuda(kFewLogitsKernel, problem);
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_LE(relative_error(actual[i], expected[i]), 2e-5) << line << " output " << i;
    }
  }
}

TEST(CudaCrossEntropy, ScratchIsBounded) {
  // Beside logits: a double a row, and the parts of the products.
  constexpr size_t kMost = kernels::kLogitsBytesMax + (size_t{18} << 20);
  for (const int64_t rows : {1, 1024, 16384}) {
    for (const int64_t vocab : {65, 50257, 128256}) {
      kernels::LinearCrossEntropyArgs args{};
      args.rows = rows;
      args.in = 4096;
      args.vocab = vocab;
      EXPECT_LE(kernels::kLinearCrossEntropyCuda.scratch_bytes(args, {}), kMost)
          << rows << " rows of " << vocab;
    }
  }
}

TEST(CudaCrossEntropy, LossWithoutGradients) {
  LinearCrossEntropyProblem problem(Case("rows=9 in=5 vocab=130 masked=4"));
  problem.with_gradients = false;
  const Results expected = run_problem(*kernels::linear_cross_entropy_kernels().back(), problem, 1);
  const Results actual = run_on_cuda(kernels::kLinearCrossEntropyCuda, problem);
  EXPECT_LE(relative_error(actual[0], expected[0]), 1e-6);
  EXPECT_EQ(actual[1], problem.dx);
  EXPECT_EQ(actual[2], problem.dweight);
}

// What the words of largest logits would overflow to without the largest taken off.
TEST(CudaCrossEntropy, TakesLargeLogits) {
  LinearCrossEntropyProblem problem(Case("rows=5 in=3 vocab=1300"));
  for (float& value : problem.weight) value *= 400;
  const Results expected = run_problem(*kernels::linear_cross_entropy_kernels().back(), problem, 1);
  const Results actual = run_on_cuda(kernels::kLinearCrossEntropyCuda, problem);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_LE(relative_error(actual[i], expected[i]), 1e-3) << "output " << i;
  }
}

TEST(CudaCrossEntropy, OfNoRows) {
  for (const bool accumulate : {false, true}) {
    float loss = 5, scale = 1, dx = 7;
    Floats dweight(6, 2.0f);
    const kernels::LinearCrossEntropyArgs args = {nullptr, nullptr, nullptr,        nullptr, &scale,
                                                  &loss,   &dx,     dweight.data(), 1,       0,
                                                  3,       2,       accumulate};
    ASSERT_TRUE((*CudaRunner::get())->run(kernels::kLinearCrossEntropyCuda, args).is_ok());
    EXPECT_EQ(loss, 0);
    EXPECT_EQ(dx, 7);
    EXPECT_EQ(dweight, Floats(6, accumulate ? 2.0f : 0.0f));
  }
}

}  // namespace
}  // namespace raddle::test
