// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/options.h"

#include <gtest/gtest.h>

#include <cctype>
#include <set>

namespace raddle::config {
namespace {

const Option& option(std::string_view key) {
  const Option* found = find_option(key);
  EXPECT_NE(found, nullptr) << key;
  return *found;
}

std::string canonical(std::string_view key, std::string_view text) {
  auto value = parse_value(option(key), text);
  EXPECT_TRUE(value.is_ok()) << value.status().to_string();
  return value.is_ok() ? canonical_text(option(key), *value) : "";
}

void expect_refused(std::string_view key, std::string_view text, std::string_view part) {
  auto value = parse_value(option(key), text);
  ASSERT_FALSE(value.is_ok()) << key << " took " << text;
  EXPECT_EQ(value.status().code(), Code::kInvalidArgument);
  EXPECT_NE(value.status().message().find(part), std::string::npos) << value.status().message();
  EXPECT_NE(value.status().message().find(key), std::string::npos) << value.status().message();
}

TEST(Options, EveryRowIsSoundAndItsDefaultIsAccepted) {
  for (const Option& o : options()) {
    auto value = parse_value(o, o.default_text);
    EXPECT_TRUE(value.is_ok()) << value.status().to_string();
    EXPECT_TRUE(o.help.ends_with(".")) << o.key;
    EXPECT_NE(o.key.find('.'), std::string_view::npos) << o.key;
    for (const char c : o.key) {
      EXPECT_TRUE(std::islower(c) || std::isdigit(c) || c == '.' || c == '_') << o.key;
    }
    EXPECT_EQ(o.type == OptionType::kChoice, o.accepts.find('|') != std::string_view::npos)
        << o.key;
    EXPECT_EQ(find_option(o.key), &o);
  }
}

TEST(Options, NoTwoKeysShareAnEnvironmentVariable) {
  std::set<std::string> names;
  for (const Option& o : options()) {
    EXPECT_TRUE(names.insert(environment_name(o.key)).second) << environment_name(o.key);
  }
  EXPECT_EQ(environment_name("model.virtual_width.m"), "RADDLE_MODEL_VIRTUAL_WIDTH_M");
}

TEST(Options, CanonicalTextParsesBackToTheSameValue) {
  for (const Option& o : options()) {
    const auto value = parse_value(o, o.default_text);
    const auto again = parse_value(o, canonical_text(o, *value));
    ASSERT_TRUE(again.is_ok()) << o.key;
    EXPECT_EQ(*again, *value) << o.key;
  }
}

TEST(Options, SpellingsOfOneValueAreOne) {
  EXPECT_EQ(canonical("optimizer.learning_rate", "1e-3"), "0.001");
  EXPECT_EQ(canonical("optimizer.learning_rate", "0.00100"), "0.001");
  EXPECT_EQ(canonical("model.rope_theta", "10_000"), "10000.0");
  EXPECT_EQ(canonical("train.steps", "1_000"), "1000");
  EXPECT_EQ(canonical("train.steps", "+7"), "7");
  EXPECT_EQ(canonical("runtime.memory_limit", "2GiB"), "2147483648");
  EXPECT_EQ(canonical("runtime.memory_limit", "2048 MiB"), "2147483648");
  EXPECT_EQ(canonical("runtime.memory_limit", "1.5GB"), "1500000000");
  EXPECT_EQ(canonical("runtime.memory_limit", ""), "");
}

TEST(Options, ValuesOfTheWrongTypeAreRefused) {
  expect_refused("train.steps", "many", "expected an integer, got 'many'");
  expect_refused("train.steps", "1.5", "expected an integer");
  expect_refused("train.steps", "", "expected an integer");
  expect_refused("train.steps", "12 ", "expected an integer");
  expect_refused("train.steps", "99999999999999999999", "expected an integer");
  expect_refused("train.steps", "+-1", "expected an integer");
  expect_refused("train.steps", "1__0", "expected an integer");
  expect_refused("optimizer.beta1", "0,9", "expected a number");
  expect_refused("data.shuffle", "yes", "expected true or false, got 'yes'");
  expect_refused("runtime.memory_limit", "2 parsecs", "expected a size");
  expect_refused("runtime.memory_limit", "-1GiB", "expected a size");
  expect_refused("runtime.memory_limit", "1e300GiB", "expected a size");
  expect_refused("runtime.memory_limit", "nan", "expected a size");
  expect_refused("data.tokenizer", std::string_view("a\0b", 3), "control character");
  expect_refused("data.path", "a\nb", "control character");
}

TEST(Options, ValuesOutsideTheIntervalAreRefused) {
  expect_refused("train.steps", "-1", "out of range; it takes integers in [0,)");
  expect_refused("optimizer.beta1", "1", "out of range; it takes numbers in [0,1)");
  expect_refused("model.norm_eps", "0", "(0,1)");
  expect_refused("optimizer.learning_rate", "inf", "out of range");
  expect_refused("optimizer.learning_rate", "nan", "out of range");
  expect_refused("model.mtp.heads", "2", "[0,1]");
  EXPECT_EQ(canonical("optimizer.beta1", "0"), "0.0");
  EXPECT_EQ(canonical("data.validation_fraction", "0.5"), "0.5");
}

TEST(Options, ChoicesNameTheNearest) {
  expect_refused("model.family", "lama", "none of gpt2|llama|qwen3; did you mean 'llama'?");
  expect_refused("model.family", "transformer", "none of gpt2|llama|qwen3");
}

TEST(Options, UnknownKeysNameTheNearest) {
  EXPECT_NE(unknown_key("train.stesp").message().find("did you mean 'train.steps'"),
            std::string::npos);
  EXPECT_NE(unknown_key("lr").message().find("raddle config schema"), std::string::npos);
}

TEST(Options, TomlTextQuotesAndEscapes) {
  const auto toml = [](std::string_view key, std::string_view text) {
    return toml_text(option(key), *parse_value(option(key), text));
  };
  EXPECT_EQ(toml("data.tokenizer", "a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(toml("data.document_separator", "\n\t"), R"("\n\t")");
  EXPECT_EQ(toml("data.path", "a.txt,b.txt"), R"(["a.txt", "b.txt"])");
  EXPECT_EQ(toml("data.path", ""), "[]");
  EXPECT_EQ(toml("data.shuffle", "false"), "false");
}

}  // namespace
}  // namespace raddle::config
