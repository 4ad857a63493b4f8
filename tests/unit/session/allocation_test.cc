// SPDX-License-Identifier: Apache-2.0
// Runs with OpenBLAS, which keeps its packing buffers. oneDNN takes and frees one for each product,
// inside the library (kernels/README.md), so with it the count would be of its calls, not of ours.
#include <gtest/gtest.h>

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
  test::AllocationScope scope(test::AllocationScope::Threads::kAll);
  const bool done = session->step_on_data(nullptr).is_ok();
  const test::AllocationCount count = scope.end();
  EXPECT_TRUE(done);
  EXPECT_EQ(count.total(), 0) << count.describe();
}

}  // namespace
}  // namespace raddle::session
