// SPDX-License-Identifier: Apache-2.0
// One rule for the loader, the session's FLOPs and the plan's.
#include <gtest/gtest.h>

#include "runtime/session/data_pipeline.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

int64_t length_of(std::string_view length, std::string_view micro_batch_tokens) {
  config::Config config = test::tiny("");
  EXPECT_TRUE(config.set("data.sequence_length", length).is_ok());
  EXPECT_TRUE(config.set("train.micro_batch_tokens", micro_batch_tokens).is_ok());
  return sequence_length(config, 64);
}

TEST(SequenceLength, IsTheConfiguredOneOrTheContextWithinAMicroBatch) {
  EXPECT_EQ(length_of("48", "128"), 48);
  EXPECT_EQ(length_of("0", "128"), 64);
  EXPECT_EQ(length_of("48", "32"), 32);
  EXPECT_EQ(length_of("0", "32"), 32);
}

}  // namespace
}  // namespace raddle::session
