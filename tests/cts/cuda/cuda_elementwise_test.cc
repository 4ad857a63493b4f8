// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/elementwise_problems.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Elementwise, CudaKernelsAgree, ElementwiseProblems);
INSTANTIATE_TYPED_TEST_SUITE_P(ElementwiseBf16, CudaKernelsAgree, ElementwiseProblemsOf<Bf16>);

template <class... Problems>
using Types = testing::Types<Problems...>;
template <class T>
using Columns = Types<ConcatProblemOf<T>, SplitProblemOf<T>>;

TEST(CudaElementwise, ColumnsMoveInWordsOfEachSize) {
  for (const char* line : {
           "rows=3 a_width=4 b_width=12 tol=1e-30",   // 16 bytes of floats, 4 of BF16
           "rows=9 a_width=8 b_width=40 tol=1e-30",   // 16 bytes of both
           "rows=9 a_width=8 b_width=38 tol=1e-30",   // 4 bytes, for one of the two
           "rows=300 a_width=2 b_width=6 tol=1e-30",  // 4 bytes
           "rows=5 a_width=8 b_width=1 tol=1e-30",    // 2 bytes of BF16
           "rows=0 a_width=8 b_width=8 tol=1e-30",
       }) {
    expect_cuda_agreement_on(Columns<float>(), line);
    expect_cuda_agreement_on(Columns<Bf16>(), line);
  }
}

template <class T>
using Gated =
    Types<SwigluProblemOf<T>, SwigluGradProblemOf<T>, GegluProblemOf<T>, GegluGradProblemOf<T>>;
TEST(CudaElementwise, GatesAgreeInPacksAndWithout) {
  for (const char* line : {
           "rows=37 width=72 tol=4e-6 grad_tol=4e-6",          // packs of both types
           "rows=37 width=76 alias=1 tol=4e-6 grad_tol=4e-6",  // packs of floats alone
           "rows=0 width=8 tol=1e-30 grad_tol=1e-30",
       }) {
    expect_cuda_agreement_on(Gated<float>(), line);
    expect_cuda_agreement_on(Gated<Bf16>(), line);
  }
}

// Whole packs, but not at addresses of packs. What is left out on either side is no NaN.
template <class T>
struct ShiftedAdd : AddProblemOf<T> {
  using AddProblemOf<T>::AddProblemOf;
  kernels::AddArgsOf<T> args() {
    kernels::AddArgsOf<T> args = AddProblemOf<T>::args();
    --args.count;
    ++args.a, ++args.b, ++args.y;
    return args;
  }
};
template <class T>
struct ShiftedConcat : ConcatProblemOf<T> {
  explicit ShiftedConcat(const Case& c) : ConcatProblemOf<T>(c) {
    this->y = random_elements<T>(static_cast<int64_t>(this->y.size()), 3);
  }
  kernels::ConcatArgsOf<T> args() {
    kernels::ConcatArgsOf<T> args = ConcatProblemOf<T>::args();
    --args.rows;
    ++args.a, ++args.b, ++args.y;
    return args;
  }
};
TEST(CudaElementwise, AddressesNeedNotBeThoseOfPacks) {
  expect_cuda_agreement_on(Types<ShiftedAdd<float>, ShiftedAdd<Bf16>>(),
                           "count=801 alias=1 tol=6e-7");
  expect_cuda_agreement_on(Types<ShiftedConcat<float>, ShiftedConcat<Bf16>>(),
                           "rows=7 a_width=8 b_width=16 tol=1e-30");
}

}  // namespace
}  // namespace raddle::test
