// SPDX-License-Identifier: Apache-2.0
// cuBLASLt where it is not as it should be, and what a step asks of it. On the stand-in, whose
// faults these are; on a GPU there is nothing to see here.
#include <cstdlib>

#include "kernels/cuda/matrix/cublaslt.h"
#include "runtime/base/dynamic_library.h"
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/linear_cross_entropy_problem.h"
#include "tests/cts/kernels/linear_problem.h"

namespace raddle::test {
namespace {

// The stand-in's controls (tests/cuda_standin/control.h).
class CublasLtStandin : public testing::Test {
 protected:
  void SetUp() override {
    const char* driver = std::getenv("RADDLE_CUDA_DRIVER");
    if (driver == nullptr) GTEST_SKIP() << "needs the stand-in";
    auto library = DynamicLibrary::open(driver);
    ASSERT_TRUE(library.is_ok());
    fail_ = *library->function<decltype(fail_)>("raddle_standin_fail");
    calls_ = *library->function<decltype(calls_)>("raddle_standin_calls");
    ASSERT_TRUE(CudaRunner::get().is_ok());
  }
  Status run(const char* line) {
    LinearForward problem{Case(line)};
    return (*CudaRunner::get())->run(kernels::kLinearCublasLt, problem.args());
  }
  static std::string named() { return std::getenv("RADDLE_CUBLASLT_LIBRARY"); }

  void (*fail_)(const char*, int64_t, int) = nullptr;
  int64_t (*calls_)(const char*) = nullptr;
};

TEST_F(CublasLtStandin, IsNamedWithItsVersion) {
  const auto name = kernels::inspect_cublaslt(named());
  ASSERT_TRUE(name.is_ok()) << name.status().message();
  EXPECT_NE(name->find("(cuBLASLt 13."), std::string::npos) << *name;
  EXPECT_EQ((*CudaRunner::get())->caps().cublaslt_name, *name);
}

TEST_F(CublasLtStandin, AnotherLibraryOrVersionIsRefused) {
  const auto why = [](const std::string& path) {
    return kernels::inspect_cublaslt(path).status().message();
  };
  EXPECT_NE(why("/nowhere/libcublasLt.so.13").find("cannot load /nowhere/libcublasLt.so.13"),
            std::string::npos);
  EXPECT_NE(why(std::getenv("RADDLE_CUDA_DRIVER")).find("has no symbol cublasLt"),
            std::string::npos);
  ASSERT_EQ(setenv("RADDLE_STANDIN_CUBLASLT_VERSION", "120803", 1), 0);
  const std::string old = why(named());
  unsetenv("RADDLE_STANDIN_CUBLASLT_VERSION");
  EXPECT_NE(old.find("(cuBLASLt 12.8.3) is of another major version than 13"), std::string::npos)
      << old;
}

TEST_F(CublasLtStandin, ItsKernelsRefuseWithoutItAndOddSizes) {
  device::DeviceCaps caps;
  caps.cublaslt_name = "no cuBLASLt for a reason";
  kernels::LinearArgs args{};
  args.rows = args.in = args.out = 8;
  EXPECT_EQ(kernels::kLinearCublasLt.probe(args, caps).why_not, "no cuBLASLt for a reason");
  caps.has_cublaslt = true;
  EXPECT_TRUE(kernels::kLinearCublasLt.probe(args, caps).accepted);
  args.rows = 0;
  EXPECT_EQ(kernels::kLinearCublasLt.probe(args, caps).why_not,
            "needs sizes from 1 to 2147483647, got a product of 0 x 8 by 8 x 8");
}

TEST_F(CublasLtStandin, AProductThatItHasNoAlgorithmFor) {
  constexpr int kNotSupported = 15;  // CUBLAS_STATUS_NOT_SUPPORTED
  fail_("cublasLtMatmulAlgoGetHeuristic", 0, kNotSupported);
  const Status status = run("rows=3 in=5 out=11");
  EXPECT_EQ(status.code(), Code::kUnimplemented);
  EXPECT_NE(status.message().find("has no algorithm for a product of 3 x 5 by 5 x 11; set "
                                  "kernels.disable to \"*:cublaslt\""),
            std::string::npos)
      << status.message();
  EXPECT_TRUE(run("rows=3 in=5 out=11").is_ok()) << "nothing of the failure may be kept";
}

TEST_F(CublasLtStandin, AProductThatFails) {
  constexpr int kExecutionFailed = 13, kAllocFailed = 3;
  fail_("cublasLtMatmul", 0, kExecutionFailed);
  Status status = run("rows=3 in=5 out=12");
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(status.message(),
            "cuBLASLt, a product of 3 x 5 by 5 x 12: an error of the stand-in (13)");
  fail_("cublasLtMatmul", 0, kAllocFailed);
  EXPECT_EQ(run("rows=3 in=5 out=12").code(), Code::kResourceExhausted);
  EXPECT_TRUE(run("rows=3 in=5 out=12").is_ok());
}

// All that a launch would have to choose is chosen when it is prepared, once.
TEST_F(CublasLtStandin, LaunchesChooseNothing) {
  const char* const kChoice = "cublasLtMatmulAlgoGetHeuristic";
  LinearCrossEntropyProblem problem(Case("rows=9 in=20 vocab=34"));
  const kernels::LinearCrossEntropyArgs args = problem.args();
  const auto& kernel = kernels::kLinearCrossEntropyCublasLt;
  CudaRunner& runner = **CudaRunner::get();
  const int64_t before = calls_(kChoice);
  ASSERT_TRUE(runner.run(kernel, args).is_ok());
  EXPECT_EQ(calls_(kChoice), before + 3) << "logits, dx, dW";
  const int64_t descriptions = calls_("cublasLtMatrixLayoutCreate");
  ASSERT_TRUE(runner.run(kernel, args).is_ok());
  EXPECT_EQ(calls_(kChoice), before + 3);
  EXPECT_EQ(calls_("cublasLtMatrixLayoutCreate"), descriptions);
}

// The algorithm of a product in one type is not that of the same shape in another.
TEST_F(CublasLtStandin, EachTypeHasItsChoice) {
  const char* const kChoice = "cublasLtMatmulAlgoGetHeuristic";
  const Case c("rows=3 in=5 out=13");
  LinearForwardOf<Bf16> rounded(c);
  LinearGradWeightOf<Bf16> gradient(c);
  CudaRunner& runner = **CudaRunner::get();
  ASSERT_TRUE(run("rows=3 in=5 out=13").is_ok());
  const int64_t before = calls_(kChoice);
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(runner.run(kernels::kLinearCublasLtBf16, rounded.args()).is_ok());
    ASSERT_TRUE(runner.run(kernels::kLinearGradWeightCublasLtBf16, gradient.args()).is_ok());
    EXPECT_EQ(calls_(kChoice), before + 2);
  }
}

}  // namespace
}  // namespace raddle::test
