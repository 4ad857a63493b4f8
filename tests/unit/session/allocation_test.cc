// SPDX-License-Identifier: Apache-2.0
// Runs twice: with OpenBLAS, where nothing at all allocates, and with the library that Raddle
// picks. If that is oneDNN, its own calls do not count: it takes and frees a packing buffer for
// each product (kernels/README.md).
#include <gtest/gtest.h>

#include "kernels/cpu/blas.h"
#include "runtime/session/session.h"
#include "tests/support/allocation_hook.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

using test::text_file;
using test::tiny;

// The whole step: data, kernels, update. (The first steps load libraries and touch pages.)
TEST(Session, AStepAllocatesNothing) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  const test::TempDir dir;
  auto session = Session::create(tiny(text_file(dir)), {}).value();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(session->step_on_data(nullptr).is_ok());
  const kernels::Blas* blas = kernels::serial_blas();
  const bool onednn = blas != nullptr && blas->dnnl_sgemm != nullptr;
  test::AllocationScope scope(test::AllocationScope::Threads::kAll, onednn ? "libdnnl" : "");
  const bool done = session->step_on_data(nullptr).is_ok();
  const test::AllocationCount count = scope.end();
  EXPECT_TRUE(done);
  EXPECT_EQ(count.total(), 0) << count.describe();
}

// OpenBLAS maps its buffers as calls overlap, which they may do for the first time in any step.
TEST(Session, TheLibraryOfProductsHasABufferForEveryThreadBeforeTheFirstStep) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  const kernels::Blas* blas = kernels::serial_blas();
  ASSERT_NE(blas, nullptr) << kernels::serial_blas_error();
  if (blas->openblas_take_buffer == nullptr) GTEST_SKIP() << "a library without such a table";
  constexpr int kThreads = 6;
  void* held[kThreads];
  ASSERT_TRUE(kernels::reserve_blas_buffers(kThreads).is_ok());
  test::AllocationScope scope(test::AllocationScope::Threads::kThis);
  for (void*& buffer : held) buffer = blas->openblas_take_buffer(0);
  const test::AllocationCount count = scope.end();
  for (void* buffer : held) blas->openblas_return_buffer(buffer);
  EXPECT_EQ(count.total(), 0) << count.describe();
}

}  // namespace
}  // namespace raddle::session
