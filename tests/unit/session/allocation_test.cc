// SPDX-License-Identifier: Apache-2.0
// With OpenBLAS nothing at all allocates. oneDNN's own calls do not count: it takes and frees a
// packing buffer for each product (kernels/README.md).
#include <gtest/gtest.h>

#include "kernels/cpu/matrix/blas.h"
#include "runtime/session/session.h"
#include "tests/support/allocation_hook.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

using kernels::MatrixLibrary;
using test::text_file;
using test::tiny;

class StepWith : public ::testing::TestWithParam<MatrixLibrary> {};
INSTANTIATE_TEST_SUITE_P(All, StepWith,
                         ::testing::Values(MatrixLibrary::kOneDnn, MatrixLibrary::kOpenBlas));

// The whole step: data, kernels, update. (The first steps load libraries and touch pages.)
TEST_P(StepWith, AStepAllocatesNothing) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  const test::TempDir dir;
  config::Config config = tiny(text_file(dir));
  const std::string library(kernels::name_of(GetParam()));
  ASSERT_TRUE(config.set("kernels.matrix_library", library).is_ok());
  auto session = Session::create(config, {}).value();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(session->step_on_data(nullptr).is_ok());
  const bool onednn = GetParam() == MatrixLibrary::kOneDnn;
  test::AllocationScope scope(test::AllocationScope::Threads::kAll, onednn ? "libdnnl" : "");
  const bool done = session->step_on_data(nullptr).is_ok();
  const test::AllocationCount count = scope.end();
  EXPECT_TRUE(done);
  EXPECT_EQ(count.total(), 0) << count.describe();
}

// OpenBLAS maps its buffers as calls overlap, which they may do for the first time in any step.
TEST(Session, OpenBlasHasABufferForEveryThreadBeforeTheFirstStep) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  const kernels::Blas* blas = kernels::serial_blas(MatrixLibrary::kOpenBlas).value();
  if (blas->openblas_take_buffer == nullptr) GTEST_SKIP() << "a version without such a table";
  constexpr int kThreads = 6;
  void* held[kThreads];
  ASSERT_TRUE(kernels::reserve_blas_buffers(MatrixLibrary::kOpenBlas, kThreads).is_ok());
  test::AllocationScope scope(test::AllocationScope::Threads::kThis);
  for (void*& buffer : held) buffer = blas->openblas_take_buffer(0);
  const test::AllocationCount count = scope.end();
  for (void* buffer : held) blas->openblas_return_buffer(buffer);
  EXPECT_EQ(count.total(), 0) << count.describe();
}

}  // namespace
}  // namespace raddle::session
