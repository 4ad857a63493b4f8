// SPDX-License-Identifier: Apache-2.0
// Matrix products on a GPU, at shapes that cut tiles, slices and the inner dimension in odd places.
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/linear_problem.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Linear, CudaKernelsAgree, LinearProblems);

template <class Problem>
class CudaProducts : public testing::Test {};
TYPED_TEST_SUITE(CudaProducts, LinearProblems);

TYPED_TEST(CudaProducts, AgreeWhereTheInnerDimensionIsCut) {
  for (const char* line :
       {"rows=1 in=1024 out=1024 bias=1 tol=8e-6", "rows=1027 in=130 out=5 accumulate=1 tol=1e-5",
        "rows=6 in=9 out=2050 bias=1 accumulate=1 tol=1e-5",
        "rows=2 in=1555 out=131 bias=1 accumulate=1 tol=1e-5",
        "rows=260 in=516 out=260 bias=1 accumulate=1 tol=1e-5"}) {
    const Case c(line);
    EXPECT_GT(expect_cuda_agreement<TypeParam>(TypeParam::list(), c, "tol"), 0);
  }
}

// Rows that begin on no multiple of 16 bytes, as views may.
TEST(CudaProducts, TakeAnyAlignment) {
  const Case c("rows=36 in=64 out=132 bias=1");
  LinearForward at(c);
  const Results expected = run_problem(*kernels::linear_kernels().back(), at);
  const auto moved = [](const Floats& values) {
    Floats out(1);
    out.insert(out.end(), values.begin(), values.end());
    return out;
  };
  Floats x = moved(at.x), weight = moved(at.weight), y = moved(at.y);
  kernels::LinearArgs args = at.args();
  args.x = x.data() + 1;
  args.weight = weight.data() + 1;
  args.y = y.data() + 1;
  ASSERT_TRUE(CudaRunner::get().is_ok());
  ASSERT_TRUE(CudaRunner::get().value()->run(kernels::kLinearCuda, args).is_ok());
  y.erase(y.begin());
  EXPECT_LE(relative_error(y, expected[0]), 1e-5);
}

// A sum of nothing is zero, or what was there.
TEST(CudaProducts, OfNoInnerDimension) {
  for (const bool accumulate : {false, true}) {
    Floats dweight(6, 2.0f), dbias(2, 3.0f);
    const kernels::LinearGradWeightArgs weight = {nullptr, nullptr, dweight.data(), 0,
                                                  3,       2,       accumulate};
    const kernels::LinearGradBiasArgs bias = {nullptr, dbias.data(), 0, 2, accumulate};
    CudaRunner& runner = **CudaRunner::get();
    ASSERT_TRUE(runner.run(kernels::kLinearGradWeightCuda, weight).is_ok());
    ASSERT_TRUE(runner.run(kernels::kLinearGradBiasCuda, bias).is_ok());
    EXPECT_EQ(dweight, Floats(6, accumulate ? 2.0f : 0.0f));
    EXPECT_EQ(dbias, Floats(2, accumulate ? 3.0f : 0.0f));
  }
}

}  // namespace
}  // namespace raddle::test
