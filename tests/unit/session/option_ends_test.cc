// SPDX-License-Identifier: Apache-2.0
// Every whole-number option at both ends of what it takes, and beyond: a plan, a session, a step
// and a text end well or with a Status, never with an abort, and soon.
#include <gtest/gtest.h>

#include <limits>
#include <optional>

#include "runtime/config/options.h"
#include "runtime/session/session.h"
#include "tests/support/log_guard.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

using config::Config;
using config::Option;
using config::OptionType;

// The ends of "[1,1024]" or "[0,)".
std::vector<int64_t> ends_of(const Option& option) {
  const size_t comma = option.accepts.find(',');
  const std::string low(option.accepts.substr(1, comma - 1));
  const std::string high(option.accepts.substr(comma + 1, option.accepts.size() - comma - 2));
  const int64_t most = high.empty() ? std::numeric_limits<int64_t>::max() : std::stoll(high);
  return {std::stoll(low), std::stoll(low) + 1, most / 2 + 1, most - 1, most};
}

// Only a Status is asked for; what is refused must say why.
void expect_told(const Status& status) {
  if (!status.is_ok()) {
    EXPECT_GT(status.message().size(), 20u) << status.to_string();
    EXPECT_NE(status.code(), Code::kInternal) << status.to_string();
  }
}

// Whether a step takes no longer than it is worth waiting for.
bool is_quick(const Config& config) {
  return config.get_int("train.micro_batches") <= 16 && config.get_int("runtime.threads") <= 8 &&
         config.get_int("model.layers") <= 8;
}

void try_everything(const Config& config) {
  expect_told(plan_training(config, nullptr).status());
  if (config.get_int("model.layers") > 512) return;
  auto session = Session::create(config, {});
  expect_told(session.status());
  if (!session.is_ok() || !is_quick(config)) return;
  expect_told((*session)->step_on_data(nullptr));
  const std::vector<int32_t> prompt = {1, 2, 3};
  int tokens = 0;
  const auto sink = [&](int32_t, std::string_view) { return ++tokens < 3; };
  expect_told((*session)->generate(prompt, {}, sink).status());
}

TEST(OptionEnds, AreTakenOrRefused) {
  const test::TempDir dir;
  Config base = test::tiny(test::text_file(dir), false);
  ASSERT_TRUE(base.set("data.validation_fraction", "0").is_ok());  // long sequences leave too few
  for (const Option& option : config::options()) {
    if (option.type != OptionType::kInt) continue;
    std::optional<test::ExpectLog> unused;
    if (option.key == "data.vocab_size" || option.key == "train.eval_interval") {
      unused.emplace(fmt::format("{} is ", option.key));
    }
    for (const int64_t value : ends_of(option)) {
      SCOPED_TRACE(fmt::format("{} = {}", option.key, value));
      Config config = base;
      ASSERT_TRUE(config.set(option.key, fmt::format("{}", value)).is_ok());
      try_everything(config);
    }
    for (const char* value : {"9223372036854775807", "-9223372036854775808"}) {
      Config config = base;
      if (config.set(option.key, value).is_ok()) try_everything(config);
    }
  }
}

// Products of sizes that are each allowed.
TEST(OptionEnds, TogetherToo) {
  const test::TempDir dir;
  const std::pair<const char*, const char*> sizes[] = {{"train.micro_batch_tokens", "1073741824"},
                                                       {"train.micro_batches", "1000000"},
                                                       {"model.width", "268435456"},
                                                       {"model.ffn_width", "268435456"},
                                                       {"model.vocab_size", "268435456"},
                                                       {"model.context", "268435456"},
                                                       {"model.head_dim", "268435456"},
                                                       {"model.virtual_width.n", "1024"}};
  for (const auto& [first, large] : sizes) {
    for (const auto& [second, also_large] : sizes) {
      for (const char* family : {"gpt2", "llama"}) {
        SCOPED_TRACE(fmt::format("{} {} {}", family, first, second));
        Config config = test::tiny(test::text_file(dir));
        ASSERT_TRUE(config.set("model.family", family).is_ok());
        ASSERT_TRUE(config.set(first, large).is_ok());
        ASSERT_TRUE(config.set(second, also_large).is_ok());
        expect_told(plan_training(config, nullptr).status());
      }
    }
  }
}

}  // namespace
}  // namespace raddle::session
