// SPDX-License-Identifier: Apache-2.0
// Runs the tests with a log sink that fails a test on any warning it did not announce with
// ExpectLog (tests/support/log_guard.h).
#include <gtest/gtest.h>

#include "tests/support/log_guard.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::UnitTest::GetInstance()->listeners().Append(new raddle::test::LogGuard);
  return RUN_ALL_TESTS();
}
