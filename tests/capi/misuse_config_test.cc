// SPDX-License-Identifier: Apache-2.0
// Misuse of status, context and config: every mistake is an error that says what to do, and leaves
// the object as it was.
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tests/capi/abi_test.h"

namespace {

using abi_test::ContextTest;

TEST(Status, NullIsSuccess) {
  EXPECT_EQ(raddle_status_code(nullptr), RADDLE_OK);
  EXPECT_EQ(raddle_status_scope(nullptr), RADDLE_SCOPE_CALL);
  EXPECT_STREQ(raddle_status_message(nullptr), "");
  raddle_status_destroy(nullptr);
  raddle_status_t none = nullptr;
  raddle_status_destroy(&none);
}

TEST(Status, NamesOfCodesThatDoNotExist) {
  EXPECT_STREQ(raddle_code_name(RADDLE_INVALID_ARGUMENT), "INVALID_ARGUMENT");
  EXPECT_STREQ(raddle_code_name(-1), "UNKNOWN");
  EXPECT_STREQ(raddle_code_name(1000), "UNKNOWN");
  EXPECT_STREQ(raddle_scope_name(RADDLE_SCOPE_JOB), "job");
  EXPECT_STREQ(raddle_scope_name(99), "unknown");
}

TEST(Status, DestroyNullsTheHandle) {
  raddle_status_t status = raddle_config_create(nullptr);
  ASSERT_NE(status, nullptr);
  EXPECT_EQ(raddle_status_code(status), RADDLE_INVALID_ARGUMENT);
  raddle_status_destroy(&status);
  EXPECT_EQ(status, nullptr);
  raddle_status_destroy(&status);
}

TEST(Base, TextAndNearestTakeNull) {
  raddle_text_destroy(nullptr);
  char* none = nullptr;
  raddle_text_destroy(&none);
  const char* const candidates[] = {"train", "eval", "generate"};
  EXPECT_EQ(raddle_nearest_match("trian", candidates, 3), 0);
  EXPECT_EQ(raddle_nearest_match("xyzzy", candidates, 3), -1);
  EXPECT_EQ(raddle_nearest_match(nullptr, candidates, 3), -1);
  EXPECT_EQ(raddle_nearest_match("train", nullptr, 3), -1);
  EXPECT_EQ(raddle_nearest_match("train", candidates, 0), -1);
}

TEST(Context, RefusesBadOptions) {
  raddle_context_t* context = nullptr;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "out_context", raddle_context_create(nullptr, nullptr));
  raddle_context_options_t options = RADDLE_CONTEXT_OPTIONS_INIT;
  options.log_level = 17;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "log_level", raddle_context_create(&options, &context));
  options = RADDLE_CONTEXT_OPTIONS_INIT;
  options.struct_size = 0;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "struct_size", raddle_context_create(&options, &context));
  EXPECT_EQ(context, nullptr) << "an output was written on failure";
  raddle_context_destroy(nullptr);
  raddle_context_destroy(&context);
}

// A newer caller: its struct is longer. Zeros there ask for nothing new; anything else does.
TEST(Context, LongerStructsAreTakenWhenTheirUnknownPartIsZero) {
  struct Newer {
    raddle_context_options_t known = RADDLE_CONTEXT_OPTIONS_INIT;
    uint64_t added = 0;
  } newer;
  newer.known.struct_size = sizeof(newer);
  raddle_context_t* context = nullptr;
  ABI_OK(raddle_context_create(&newer.known, &context));
  raddle_context_destroy(&context);
  newer.added = 1;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "struct_size is 40",
            raddle_context_create(&newer.known, &context));
  EXPECT_EQ(context, nullptr);
}

// An older caller: its struct ends before the log callback existed.
TEST(Context, ShorterStructsGetDefaultsForTheRest) {
  raddle_context_options_t options = RADDLE_CONTEXT_OPTIONS_INIT;
  options.struct_size = offsetof(raddle_context_options_t, log_callback);
  options.log_callback = [](void*, raddle_log_level_t, const char*) { std::abort(); };
  raddle_context_t* context = nullptr;
  ABI_OK(raddle_context_create(&options, &context));
  raddle_config_t* config = nullptr;
  ABI_OK(raddle_config_create(&config));
  raddle_config_destroy(&config);
  raddle_context_destroy(&context);
}

TEST(Context, ManyAtATimeAndFromManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 50; ++i) {
        raddle_context_t* one = nullptr;
        raddle_context_t* two = nullptr;
        ABI_OK(raddle_context_create(nullptr, &one));
        ABI_OK(raddle_context_create(nullptr, &two));
        raddle_context_destroy(&one);
        raddle_context_destroy(&two);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

class Config : public ContextTest {
 protected:
  void SetUp() override {
    ContextTest::SetUp();
    ABI_OK(raddle_config_create(&config));
  }
  void TearDown() override {
    raddle_config_destroy(&config);
    EXPECT_EQ(config, nullptr);
    ContextTest::TearDown();
  }
  std::string get(const char* key) {
    const char* value = nullptr;
    const auto outcome = abi_test::take(raddle_config_get(config, key, &value));
    return outcome.code == RADDLE_OK ? value : outcome.message;
  }
  raddle_config_t* config = nullptr;
};

TEST_F(Config, NullArgumentsAreNamed) {
  const char* text = nullptr;
  char* toml = nullptr;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "out_config", raddle_config_create(nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "config", raddle_config_set(nullptr, "train.steps", "1"));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "key", raddle_config_set(config, nullptr, "1"));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "value", raddle_config_set(config, "train.steps", nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "config", raddle_config_get(nullptr, "train.steps", &text));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "key", raddle_config_get(config, nullptr, &text));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "out_value",
            raddle_config_get(config, "train.steps", nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "out_origin",
            raddle_config_get_origin(config, "train.steps", nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "path", raddle_config_load_file(config, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "text", raddle_config_load_text(config, nullptr, 4, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "config", raddle_config_load_environment(nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "config", raddle_config_validate(nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "config", raddle_config_to_toml(nullptr, &toml));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "out_toml", raddle_config_to_toml(config, nullptr));
  EXPECT_EQ(raddle_config_hash(nullptr), 0u);
  EXPECT_EQ(text, nullptr);
  EXPECT_EQ(toml, nullptr);
  raddle_config_destroy(nullptr);
}

TEST_F(Config, UnknownKeysNameTheNearest) {
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "train.steps", raddle_config_set(config, "train.stpes", "1"));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "optimizer.learning_rate",
            raddle_config_set(config, "optimizer.learningrate", "1"));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "", raddle_config_set(config, "", "1"));
}

TEST_F(Config, BadValuesAreRefusedAndNothingChanges) {
  ABI_OK(raddle_config_set(config, "train.steps", "5"));
  const uint64_t before = raddle_config_hash(config);
  for (const char* value : {"", "five", "5x", "-1", "1e30", "nan", "5 5"}) {
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, "train.steps",
              raddle_config_set(config, "train.steps", value));
  }
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "model.family",
            raddle_config_set(config, "model.family", "llamma"));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "data.shuffle",
            raddle_config_set(config, "data.shuffle", "perhaps"));
  EXPECT_EQ(get("train.steps"), "5");
  EXPECT_EQ(raddle_config_hash(config), before);
}

// As a negative number gives it: nothing of the text is read.
TEST_F(Config, ACountThatCannotBeIsRefused) {
  const auto many = static_cast<size_t>(int64_t{-1});
  int64_t count = 0;
  int32_t token = 97;
  char* text = nullptr;
  raddle_graph_t* graph = nullptr;
  raddle_tokenizer_t* tokenizer = nullptr;
  ABI_OK(raddle_tokenizer_open(context, "bytes", &tokenizer));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "text_bytes is 18446744073709551615",
            raddle_config_load_text(config, "a", many, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "text_bytes is",
            raddle_graph_create_from_text(context, "a", many, &graph));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "text_bytes is",
            raddle_tokenizer_encode(tokenizer, "a", many, nullptr, 0, &count));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "text_bytes is",
            raddle_tokenizer_encode_prompt(tokenizer, "a", many, nullptr, 0, &count));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "token_count is 9223372036854775807",
            raddle_tokenizer_decode(tokenizer, &token, INT64_MAX, &text, nullptr));
  raddle_tokenizer_destroy(&tokenizer);
}

TEST_F(Config, RecipesAreAllOrNothing) {
  const std::string recipe = "[train]\nsteps = 9\nsede = 3\n";
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "mine.toml:3",
            raddle_config_load_text(config, recipe.data(), recipe.size(), "mine.toml"));
  EXPECT_EQ(get("train.steps"), "1000");
  ABI_FAILS(RADDLE_NOT_FOUND, "no/such.toml", raddle_config_load_file(config, "no/such.toml"));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "", raddle_config_load_file(config, "."));
}

TEST_F(Config, RanksDecideWhateverTheOrder) {
  const std::string recipe = "train.steps = 9\n";
  ABI_OK(raddle_config_set_from(config, "train.steps", "7", RADDLE_ORIGIN_SET, nullptr));
  ABI_OK(raddle_config_load_text(config, recipe.data(), recipe.size(), "mine.toml"));
  EXPECT_EQ(get("train.steps"), "7");
  ABI_OK(raddle_config_set(config, "train.steps", "8"));
  EXPECT_EQ(get("train.steps"), "8");
  const char* origin = nullptr;
  ABI_OK(raddle_config_get_origin(config, "train.steps", &origin));
  EXPECT_STREQ(origin, "call");
  for (const raddle_origin_t bad : {-1, 0, 5, 99}) {
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, "origin",
              raddle_config_set_from(config, "train.steps", "7", bad, nullptr));
  }
}

TEST_F(Config, WritesWhatItReads) {
  ABI_OK(raddle_config_set(config, "data.path", "a b.txt,\"c\".txt"));
  ABI_OK(raddle_config_set(config, "optimizer.learning_rate", "3e-4"));
  char* toml = nullptr;
  ABI_OK(raddle_config_to_toml(config, &toml));
  raddle_config_t* again = nullptr;
  ABI_OK(raddle_config_create(&again));
  ABI_OK(raddle_config_load_text(again, toml, std::strlen(toml), nullptr));
  EXPECT_EQ(raddle_config_hash(again), raddle_config_hash(config));
  raddle_text_destroy(&toml);
  EXPECT_EQ(toml, nullptr);
  raddle_config_destroy(&again);
}

TEST(Options, TheTableIsSortedAndRefusesOtherIndices) {
  std::string last;
  for (int64_t i = 0; i < raddle_option_count(); ++i) {
    raddle_option_info_t info = RADDLE_OPTION_INFO_INIT;
    ABI_OK(raddle_option_get_info(i, &info));
    EXPECT_LT(last, info.key);
    EXPECT_GT(std::strlen(info.help), 10u) << info.key;
    const std::string change = info.change, scope = info.scope;
    EXPECT_TRUE(change == "model" || change == "run" || change == "process") << info.key;
    EXPECT_EQ(scope, change == "process" ? "process" : "cluster") << info.key;
    last = info.key;
  }
  raddle_option_info_t info = RADDLE_OPTION_INFO_INIT;
  ABI_FAILS(RADDLE_OUT_OF_RANGE, "", raddle_option_get_info(-1, &info));
  ABI_FAILS(RADDLE_OUT_OF_RANGE, "", raddle_option_get_info(raddle_option_count(), &info));
  EXPECT_EQ(info.key, nullptr);
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "out_info", raddle_option_get_info(0, nullptr));
  info.struct_size = 0;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "struct_size", raddle_option_get_info(0, &info));
}

// An output struct of an older caller: what lies behind it is not ours to write.
TEST(Options, NothingIsWrittenBehindAShorterStruct) {
  raddle_option_info_t info = RADDLE_OPTION_INFO_INIT;
  info.struct_size = offsetof(raddle_option_info_t, unit);
  ABI_OK(raddle_option_get_info(0, &info));
  EXPECT_NE(info.key, nullptr);
  EXPECT_EQ(info.unit, nullptr);
  EXPECT_EQ(info.environment, nullptr);
}

}  // namespace
