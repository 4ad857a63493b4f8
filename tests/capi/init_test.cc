// SPDX-License-Identifier: Apache-2.0
// Structs at their defaults, for languages without macros, and what a zero means.
#include <cstring>
#include <vector>

#include "tests/capi/abi_test.h"

namespace {

using abi_test::ContextTest;

TEST(Init, GivesWhatTheMacroGives) {
  const raddle_generate_options_t macro = RADDLE_GENERATE_OPTIONS_INIT;
  raddle_generate_options_t made;
  std::memset(&made, 0x5a, sizeof(made));
  raddle_generate_options_init(&made, sizeof(made));
  EXPECT_EQ(std::memcmp(&made, &macro, sizeof(made)), 0);
  EXPECT_EQ(made.temperature, -1);
  raddle_metrics_t metrics;
  raddle_metrics_init(&metrics, sizeof(metrics));
  EXPECT_EQ(metrics.struct_size, sizeof(metrics));
  EXPECT_EQ(metrics.step, 0);
}

TEST(Init, OfASmallerStruct) {
  raddle_generate_options_t made;
  std::memset(&made, 0x5a, sizeof(made));
  constexpr size_t kBytes = offsetof(raddle_generate_options_t, top_k);
  raddle_generate_options_init(&made, kBytes);
  EXPECT_EQ(made.struct_size, kBytes);
  EXPECT_EQ(made.temperature, -1);
  EXPECT_EQ(made.top_k, 0x5a5a5a5a5a5a5a5a) << "wrote behind the caller's struct";
}

TEST(Init, OfALargerStruct) {
  struct Newer {
    raddle_generate_options_t known;
    int64_t more[2];
  } made;
  std::memset(&made, 0x5a, sizeof(made));
  raddle_generate_options_init(&made.known, sizeof(made));
  EXPECT_EQ(made.known.struct_size, sizeof(made));
  EXPECT_EQ(made.known.seed, -1);
  EXPECT_EQ(made.more[0], 0);
  EXPECT_EQ(made.more[1], 0);
}

TEST(Init, NothingToWrite) {
  raddle_batch_init(nullptr, sizeof(raddle_batch_t));
  raddle_batch_t batch;
  std::memset(&batch, 0x5a, sizeof(batch));
  raddle_batch_init(&batch, sizeof(size_t) - 1);
  EXPECT_EQ(batch.struct_size, 0x5a5a5a5a5a5a5a5a);
}

TEST(Init, AZeroedLogLevelIsNotDebug) {
  raddle_context_options_t options = {};
  options.struct_size = sizeof(options);
  options.log_callback = [](void*, raddle_log_level_t level, const char*) {
    EXPECT_GE(level, RADDLE_LOG_INFO);
  };
  raddle_context_t* context = nullptr;
  ABI_OK(raddle_context_create(&options, &context));
  raddle_context_destroy(&context);
  EXPECT_GT(RADDLE_LOG_DEBUG, 0);
}

class Zero : public ContextTest {};

// The likeliest token each time, without an option that says so.
TEST_F(Zero, ATemperatureOfZeroIsZero) {
  raddle_config_t* config = nullptr;
  raddle_session_t* session = nullptr;
  ABI_OK(raddle_config_create(&config));
  const char* const all[][2] = {{"model.layers", "1"},     {"model.width", "32"},
                                {"model.heads", "2"},      {"model.context", "64"},
                                {"train.steps", "10"},     {"train.micro_batch_tokens", "32"},
                                {"model.vocab_size", "64"}};
  for (const auto& option : all) ABI_OK(raddle_config_set(config, option[0], option[1]));
  ABI_OK(raddle_session_create(context, config, nullptr, nullptr, &session));
  const auto generate = [&](const raddle_generate_options_t& options) {
    std::vector<int32_t> tokens;
    const int32_t prompt[] = {1, 2};
    const auto outcome = abi_test::take(raddle_session_generate(
        session, prompt, 2, &options, nullptr, nullptr,
        [](void* user_data, int32_t token, const char*, size_t) -> int32_t {
          static_cast<std::vector<int32_t>*>(user_data)->push_back(token);
          return 0;
        },
        &tokens));
    EXPECT_EQ(outcome.code, RADDLE_OK) << outcome.message;
    return tokens;
  };
  raddle_generate_options_t greedy = RADDLE_GENERATE_OPTIONS_INIT, zeroed = {}, drawn = greedy;
  zeroed.struct_size = sizeof(zeroed);
  greedy.greedy = 1;
  for (auto* options : {&greedy, &zeroed, &drawn}) {
    options->max_tokens = 40;
    options->ignore_end = 1;
  }
  EXPECT_EQ(generate(zeroed), generate(greedy));
  EXPECT_NE(generate(drawn), generate(greedy)) << "the default is generate.temperature, 0.8";
  raddle_generate_options_t older = zeroed;
  older.struct_size = offsetof(raddle_generate_options_t, temperature);
  drawn.temperature = -1;
  EXPECT_NE(generate(older), generate(greedy)) << "what an older caller lacks is the default";
  raddle_session_destroy(&session);
  raddle_config_destroy(&config);
}

}  // namespace
