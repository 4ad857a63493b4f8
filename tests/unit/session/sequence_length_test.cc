// SPDX-License-Identifier: Apache-2.0
// One rule for the loader, the session's FLOPs and the plan's.
#include <gtest/gtest.h>

#include "runtime/session/data_pipeline.h"
#include "runtime/session/session.h"
#include "tests/support/temp_dir.h"
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

TEST(SequenceLength, OfOneTokenTeachesNothingAndIsRefusedBeforeTheFirstStep) {
  const test::TempDir dir;
  for (const char* key : {"train.micro_batch_tokens", "data.sequence_length", "model.context"}) {
    config::Config config = test::tiny(test::text_file(dir));
    ASSERT_TRUE(config.set(key, "1").is_ok());
    const auto session = Session::create(config, {});
    ASSERT_EQ(session.status().code(), Code::kInvalidArgument) << key;
    EXPECT_NE(session.status().message().find(key), std::string::npos)
        << session.status().message();
  }
}

}  // namespace
}  // namespace raddle::session
