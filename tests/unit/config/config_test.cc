// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "runtime/config/changed_defaults.h"
#include "runtime/config/pattern.h"
#include "tests/support/temp_dir.h"

namespace raddle::config {
namespace {

void expect_error(const Status& status, Code code, std::string_view part) {
  EXPECT_EQ(status.code(), code) << status.to_string();
  EXPECT_NE(status.message().find(part), std::string::npos) << status.to_string();
}

TEST(Config, StartsWithTheDefaults) {
  const Config config;
  EXPECT_EQ(config.get_int("train.steps"), 1000);
  EXPECT_EQ(config.get_double("optimizer.beta2"), 0.95);
  EXPECT_TRUE(config.get_bool("model.tie_embeddings"));
  EXPECT_EQ(config.get_string("model.family"), "llama");
  EXPECT_TRUE(config.get_list("data.path").empty());
  EXPECT_EQ(config.get_int("runtime.memory_limit"), 0);
  EXPECT_EQ(config.origin("train.steps").to_string(), "default");
  EXPECT_TRUE(config.validate().is_ok());
}

TEST(Config, AskingForWhatDoesNotExistIsAProgrammerError) {
  const Config config;
  EXPECT_DEATH((void)config.get_int("train.stepz"), "");
  EXPECT_DEATH((void)config.get_string("train.steps"), "");
}

TEST(Config, ListsSplitAtCommas) {
  Config config;
  ASSERT_TRUE(config.set("data.path", " a.txt, b.txt ,,").is_ok());
  EXPECT_EQ(config.get_list("data.path"), (std::vector<std::string>{"a.txt", "b.txt"}));
}

TEST(Config, HigherRankWinsWhateverTheOrder) {
  const char* const environment[] = {"RADDLE_TRAIN_STEPS=30", "PATH=/bin"};
  Config config;
  ASSERT_TRUE(config.set("train.steps", "40", {OriginRank::kSet, ""}).is_ok());
  ASSERT_TRUE(config.apply_environment(environment).is_ok());
  ASSERT_TRUE(config.load_toml_text("train.steps = 20\ntrain.seed = 5", "a.toml").is_ok());
  EXPECT_EQ(config.get_int("train.steps"), 40);
  EXPECT_EQ(config.origin("train.steps").to_string(), "--set");
  EXPECT_EQ(config.get_int("train.seed"), 5);
  EXPECT_EQ(config.origin("train.seed").to_string(), "recipe a.toml:2");

  Config other;
  ASSERT_TRUE(other.load_toml_text("train.steps = 20", "a.toml").is_ok());
  ASSERT_TRUE(other.apply_environment(environment).is_ok());
  EXPECT_EQ(other.get_int("train.steps"), 30);
  EXPECT_EQ(other.origin("train.steps").to_string(), "environment RADDLE_TRAIN_STEPS");
  ASSERT_TRUE(other.set("train.steps", "50").is_ok());
  EXPECT_EQ(other.origin("train.steps").to_string(), "call");
  ASSERT_TRUE(other.set("train.steps", "51").is_ok());
  EXPECT_EQ(other.get_int("train.steps"), 51);
}

TEST(Config, ALosingValueIsCheckedAllTheSame) {
  Config config;
  ASSERT_TRUE(config.set("train.steps", "40").is_ok());
  expect_error(config.set("train.steps", "x", {OriginRank::kRecipe, "a:1"}), Code::kInvalidArgument,
               "expected an integer");
}

TEST(Config, UnknownKeyNamesTheNearest) {
  Config config;
  expect_error(config.set("train.step", "1"), Code::kInvalidArgument,
               "did you mean 'train.steps'?");
}

TEST(Config, TomlTablesAndDottedKeysAreTheSame) {
  Config config;
  ASSERT_TRUE(
      config
          .load_toml_text("[model]\nfamily = \"gpt2\"\n[model.virtual_width]\nm = 4\nn = 8\n"
                          "[data]\npath = [\"a\", \"b\"]\ndocument_separator = \"\\n\\n\"\n"
                          "[optimizer]\nlearning_rate = 1\n[runtime]\nmemory_limit = \"1KiB\"",
                          "r.toml")
          .is_ok());
  EXPECT_EQ(config.get_string("model.family"), "gpt2");
  EXPECT_EQ(config.get_int("model.virtual_width.n"), 8);
  EXPECT_EQ(config.get_string("data.path"), "a,b");
  EXPECT_EQ(config.get_string("data.document_separator"), "\n\n");
  EXPECT_EQ(config.get_double("optimizer.learning_rate"), 1.0);
  EXPECT_EQ(config.get_int("runtime.memory_limit"), 1024);
}

TEST(Config, TomlErrorsSayWhere) {
  const struct {
    std::string_view text, part;
  } kCases[] = {
      {"train.steps = ", "r.toml:1:"},
      {"\n\ntrain.stesp = 3", "r.toml:3:7: there is no option 'train.stesp'; did you mean"},
      {"[trian]\nsteps = 3",
       "r.toml:2:1: there is no option 'trian.steps'; did you mean 'train.st"},
      {"train.steps = \"3\"", "r.toml:1:15: train.steps: expected an integer, got a string"},
      {"train.steps = 3.5", "train.steps: expected an integer, got a number"},
      {"train.steps = 2020-01-01", "got a date or time"},
      {"train.steps = [1]", "got an array"},
      {"train = 3", "there is no option 'train'"},
      {"train.steps.more = 3", "there is no option 'train.steps.more'"},
      {"train.steps = -3", "r.toml:1:15: train.steps: -3 is out of range"},
      {"data.shuffle = 1", "expected true or false, got an integer"},
      {"data.path = [1]", "expected an array of strings, got an integer in it"},
      {"model.family = \"lama\"", "did you mean 'llama'"},
      {"train.steps = 1\ntrain.steps = 2", "r.toml:2:"},
      {"\xff\xfe", "r.toml"},
  };
  for (const auto& c : kCases) {
    Config config;
    expect_error(config.load_toml_text(c.text, "r.toml"), Code::kInvalidArgument, c.part);
  }
}

TEST(Config, ParameterGroupsAreTablesOrOneLine) {
  Config recipe;
  const Status loaded = recipe.load_toml_text(
      "[[optimizer.group]]\nmatch = [\"*.norm.weight\", \"embedding.*\"]\n"
      "learning_rate_factor = 0.5\nweight_decay = 0\n"
      "[[optimizer.group]]\nmatch = [\"lm_head.weight\"]\nfrozen = true\n",
      "r.toml");
  ASSERT_TRUE(loaded.is_ok()) << loaded.to_string();
  const std::string line =
      "[{match = [\"*.norm.weight\", \"embedding.*\"], learning_rate_factor = 0.5, "
      "weight_decay = 0.0}, {match = [\"lm_head.weight\"], frozen = true}]";
  EXPECT_EQ(recipe.get_string("optimizer.group"), line);
  Config set;
  ASSERT_TRUE(set.set("optimizer.group",
                      "[ {weight_decay=0, learning_rate_factor=5e-1, "
                      "match=['*.norm.weight','embedding.*']}, "
                      "{match=['lm_head.weight'], frozen=true} ]")
                  .is_ok());
  EXPECT_EQ(set.get_string("optimizer.group"), line);
  EXPECT_EQ(set.hash(OptionScope::kCluster), recipe.hash(OptionScope::kCluster));
  EXPECT_NE(set.hash(OptionScope::kCluster), Config().hash(OptionScope::kCluster));
  Config again;
  ASSERT_TRUE(again.load_toml_text(recipe.to_toml(), "saved").is_ok());
  EXPECT_EQ(again.to_toml(), recipe.to_toml());
  ASSERT_TRUE(again.set("optimizer.group", "[]").is_ok());
  EXPECT_EQ(again.get_string("optimizer.group"), "");
}

TEST(Config, BadParameterGroupsSayWhatIsWrong) {
  const struct {
    std::string_view text, part;
  } kCases[] = {
      {"[optimizer.group]\nmatch = ['a']", "write [[optimizer.group]] with two brackets"},
      {"[[optimizer.group]]\nfrozen = true", "optimizer.group: group 1: match is missing"},
      {"[[optimizer.group]]\nmatch = 'a'", "group 1: match: expected an array"},
      {"[[optimizer.group]]\nmatch = []", "group 1: match: expected an array"},
      {"[[optimizer.group]]\nmatch = ['a', 1]", "group 1: match: expected an array"},
      {"[[optimizer.group]]\nmatch = ['a']\nfrozn = true", "did you mean 'frozen'?"},
      {"[[optimizer.group]]\nmatch = ['a']\nfrozen = 1", "frozen: expected true or false"},
      {"[[optimizer.group]]\nmatch = ['a']\nweight_decay = -1", "weight_decay: expected a number"},
      {"[[optimizer.group]]\nmatch = ['a']\nlearning_rate_factor = inf",
       "learning_rate_factor: expected a number"},
      {"[[optimizer.group]]\nmatch = ['a']\n[[optimizer.group]]\nmatch = ['b']\nfrozen = true\n"
       "weight_decay = 0",
       "group 2: a frozen group is not trained"},
      {"optimizer.group = [1]", "group 1: expected a table"},
      {"optimizer.group = 'x = 1'", "expected tables"},
  };
  for (const auto& c : kCases) {
    Config config;
    expect_error(config.load_toml_text(c.text, "r.toml"), Code::kInvalidArgument, c.part);
  }
  Config config;
  for (std::string_view text : {"x", "{match = ['a']}", "[{match = ['a']}]\ntrain.steps = 3", "[",
                                "[{match = ['a', 'a\\u0000b']}"}) {
    EXPECT_FALSE(config.set("optimizer.group", text).is_ok()) << text;
  }
}

TEST(Config, APatternMayHaveStarsAnywhere) {
  EXPECT_TRUE(matches_pattern("a*c", "abbc"));
  EXPECT_TRUE(matches_pattern("*", ""));
  EXPECT_TRUE(matches_pattern("*.norm.*", "layers.0.norm.weight"));
  EXPECT_TRUE(matches_pattern("layers.*.attn.*.weight", "layers.3.attn.qkv.weight"));
  EXPECT_TRUE(matches_pattern("*ab*ab", "abxabab"));
  EXPECT_FALSE(matches_pattern("*ab*ab", "abxaba"));
  EXPECT_FALSE(matches_pattern("a", "ab"));
  EXPECT_FALSE(matches_pattern("", "a"));
  EXPECT_FALSE(matches_pattern("a*a", "a"));
}

// The config of a run that was saved when virtual width had no choice of how to reduce.
TEST(Config, ARecordOfBeforeMeansWhatWasDoneThen) {
  Config now;
  ASSERT_TRUE(now.set("model.virtual_width.embedding", "expand").is_ok());
  std::string record;
  const std::string all = now.to_toml();
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = all.find('\n', begin) + 1;
    const std::string line = all.substr(begin, end - begin);
    const bool later = line.starts_with("model.virtual_width.reduce") ||
                       line.starts_with("model.virtual_width.scale_init");
    if (!later) record += line;
    begin = end;
  }
  Config old;
  ASSERT_TRUE(old.load_toml_text(record, "config.toml").is_ok());
  EXPECT_EQ(old.get_string("model.virtual_width.reduce"), "learned");
  EXPECT_EQ(old.get_double("model.virtual_width.scale_init"), 1.0);
  EXPECT_EQ(old.origin("model.virtual_width.reduce").rank, OriginRank::kRecipe);
  Config recipe;
  ASSERT_TRUE(
      recipe
          .load_toml_text("[model.virtual_width]\nm = 4\nn = 8\nembedding = \"expand\"\n", "r.toml")
          .is_ok());
  EXPECT_EQ(recipe.get_string("model.virtual_width.reduce"), "mean");
}

// A recipe that left the choice to the default continues the run that it began.
TEST(Config, ARunKeepsTheDefaultsThatItBeganWith) {
  Config record, recipe;
  ASSERT_TRUE(record.set("model.virtual_width.embedding", "expand").is_ok());
  ASSERT_TRUE(record.set("model.virtual_width.reduce", "learned").is_ok());
  ASSERT_TRUE(recipe.set("model.virtual_width.embedding", "table").is_ok());
  ASSERT_TRUE(keep_recorded_defaults(record, &recipe).is_ok());
  EXPECT_EQ(recipe.get_string("model.virtual_width.embedding"), "table");
  EXPECT_EQ(recipe.get_string("model.virtual_width.reduce"), "learned");
}

TEST(Config, ABadRecipeChangesNothing) {
  Config config;
  EXPECT_FALSE(config.load_toml_text("train.steps = 5\ntrain.seed = -1", "r.toml").is_ok());
  EXPECT_EQ(config.get_int("train.steps"), 1000);
}

TEST(Config, DeepNestingIsRefused) {
  std::string text = "train.steps = ";
  for (int i = 0; i < 100000; ++i) text += "[";
  Config config;
  expect_error(config.load_toml_text(text, "deep.toml"), Code::kInvalidArgument, "deep.toml");
}

TEST(Config, RecipesAreReadFromFiles) {
  const std::string path = ::testing::TempDir() + "raddle_config_test.toml";
  std::ofstream(path) << "train.steps = 12\n";
  Config config;
  ASSERT_TRUE(config.load_toml_file(path).is_ok());
  EXPECT_EQ(config.get_int("train.steps"), 12);
  std::filesystem::remove(path);
  expect_error(config.load_toml_file(path), Code::kNotFound, path);
}

TEST(Config, EnvironmentWarnsOfWhatLooksLikeAnOption) {
  const char* const environment[] = {"RADDLE_TRAIN_STESP=3",    "RADDLE_MODEL_DEPTHHHHHH=1",
                                     "RADDLE_KERNELS=-cpu",     "RADDLE_BLAS_LIBRARY=x",
                                     "RADDLE_SOMETHING_ELSE=1", "RADDLE_NO_EQUALS",
                                     "TRAIN_STEPS=4",           "RADDLE_OPTIMIZER_BETA1=0.5"};
  Config config;
  const auto warnings = config.apply_environment(environment);
  ASSERT_TRUE(warnings.is_ok()) << warnings.status().to_string();
  ASSERT_EQ(warnings->size(), 4u);
  EXPECT_NE((*warnings)[0].find("RADDLE_KERNELS names no option and is ignored; there are "
                                "RADDLE_KERNELS_DISABLE, RADDLE_KERNELS_MATRIX_LIBRARY, "
                                "RADDLE_KERNELS_REQUIRE"),
            std::string::npos)
      << (*warnings)[0];
  EXPECT_NE((*warnings)[1].find("RADDLE_MODEL_DEPTHHHHHH names no option"), std::string::npos);
  EXPECT_NE((*warnings)[2].find("RADDLE_SOMETHING_ELSE names no option"), std::string::npos);
  EXPECT_NE((*warnings)[3].find("did you mean RADDLE_TRAIN_STEPS?"), std::string::npos);
  EXPECT_EQ(config.get_double("optimizer.beta1"), 0.5);
  EXPECT_EQ(config.get_int("train.steps"), 1000);
}

TEST(Config, EnvironmentErrorsNameTheVariable) {
  const char* const environment[] = {"RADDLE_TRAIN_STEPS=soon"};
  Config config;
  expect_error(config.apply_environment(environment).status(), Code::kInvalidArgument,
               "environment RADDLE_TRAIN_STEPS: train.steps: expected an integer, got 'soon'");
}

TEST(Config, PrintLoadsBackToTheSameValues) {
  Config config;
  ASSERT_TRUE(config.set("data.path", "a b.txt,c\\d.txt").is_ok());
  ASSERT_TRUE(config.set("data.document_separator", "\n\n\n").is_ok());
  ASSERT_TRUE(config.set("optimizer.eps", "1e-300").is_ok());
  ASSERT_TRUE(config.set("runtime.memory_limit", "3MiB").is_ok());
  ASSERT_TRUE(config.set("data.tokenizer", "\"quoted\"").is_ok());
  Config again;
  const Status status = again.load_toml_text(config.to_toml(), "printed");
  ASSERT_TRUE(status.is_ok()) << status.to_string();
  EXPECT_EQ(again.to_toml(), config.to_toml());
  EXPECT_EQ(again.hash(OptionScope::kCluster), config.hash(OptionScope::kCluster));
  EXPECT_EQ(again.hash(OptionScope::kProcess), config.hash(OptionScope::kProcess));
}

// Typed in one line, a name that holds a comma is written as an array, or stands for itself where
// it is a file; a recipe's array and what is printed hold it as it is.
TEST(Config, NamesMayHoldCommas) {
  using Names = std::vector<std::string>;
  const test::TempDir dir;
  const std::string file = dir / "b,c.txt", plain = dir / "d.txt";
  for (const std::string& name : {file, plain}) test::write_file(name, "x");
  const Origin typed{OriginRank::kSet, ""};
  Config config;
  const auto list = [&] { return config.get_list("data.path"); };
  ASSERT_TRUE(config.set("data.path", file, typed).is_ok());
  EXPECT_EQ(list(), Names{file});
  Config again;
  ASSERT_TRUE(again.load_toml_text(config.to_toml(), "printed").is_ok());
  EXPECT_EQ(again.get_list("data.path"), Names{file});
  Config copied;
  ASSERT_TRUE(copied.set("data.path", config.get_text("data.path")).is_ok());
  EXPECT_EQ(copied.get_list("data.path"), Names{file});

  ASSERT_TRUE(config.set("data.path", "[\"b,c.txt\", 'x y', \" d\"]", typed).is_ok());
  EXPECT_EQ(list(), (Names{"b,c.txt", "x y", " d"}));
  ASSERT_TRUE(config.set("data.path", "a, b ,,c", typed).is_ok());
  EXPECT_EQ(list(), (Names{"a", "b", "c"}));
  EXPECT_EQ(config.get_text("data.path"), "a,b,c");
  Config recipe;
  ASSERT_TRUE(recipe.load_toml_text("data.path = '" + file + "'", "r").is_ok());
  EXPECT_EQ(recipe.get_list("data.path"), Names{file});
  ASSERT_TRUE(recipe.load_toml_text("data.path = ['a,b', \"q\\\"\"]", "r").is_ok());
  EXPECT_EQ(recipe.get_list("data.path"), (Names{"a,b", "q\""}));

  // Both readings are files: neither is taken in silence.
  const std::string both = plain + "," + plain;
  std::filesystem::create_directories(std::filesystem::path(both).parent_path());
  test::write_file(both, "x");
  expect_error(config.set("data.path", both, typed), Code::kInvalidArgument, "write [\"");
  expect_error(config.set("data.path", "[\"a\", 1]", typed), Code::kInvalidArgument, "data.path");
  expect_error(config.set("data.path", "[\"a\"", typed), Code::kInvalidArgument, "no array");
}

TEST(Config, EscapesOfATypedStringAreDecoded) {
  const Origin typed{OriginRank::kSet, ""};
  Config config;
  const auto separator = [&] { return config.get_string("data.document_separator"); };
  ASSERT_TRUE(config.set("data.document_separator", R"(\n\n)", typed).is_ok());
  EXPECT_EQ(separator(), "\n\n");
  ASSERT_TRUE(config.set("data.document_separator", "\n\"\\t\\\\n\\u00e9", typed).is_ok());
  EXPECT_EQ(separator(), "\n\"\t\\n\u00e9");
  expect_error(config.set("data.document_separator", R"(\q)", typed), Code::kInvalidArgument,
               "begins no escape");
  expect_error(config.set("data.document_separator", R"(a\)", typed), Code::kInvalidArgument,
               "begins no escape");
  const char* const environment[] = {R"(RADDLE_DATA_DOCUMENT_SEPARATOR=\t)"};
  Config other;
  ASSERT_TRUE(other.apply_environment(environment).is_ok());
  EXPECT_EQ(other.get_string("data.document_separator"), "\t");
  // A program's text and a recipe's are what they are.
  ASSERT_TRUE(other.set("data.document_separator", R"(\n)").is_ok());
  EXPECT_EQ(other.get_string("data.document_separator"), R"(\n)");
}

TEST(Config, HashSeesItsOwnScopeOnly) {
  Config config;
  const uint64_t cluster = config.hash(OptionScope::kCluster);
  const uint64_t process = config.hash(OptionScope::kProcess);
  ASSERT_TRUE(config.set("runtime.threads", "3").is_ok());
  EXPECT_EQ(config.hash(OptionScope::kCluster), cluster);
  EXPECT_NE(config.hash(OptionScope::kProcess), process);
  ASSERT_TRUE(config.set("train.seed", "77").is_ok());
  EXPECT_NE(config.hash(OptionScope::kCluster), cluster);
}

TEST(Config, ValidateSeesWhatNoSingleValueShows) {
  const struct {
    std::string_view text, part;
  } kCases[] = {
      {"model.virtual_width.m = 4", "set both for a virtual width"},
      {"model.virtual_width.m = 4\nmodel.virtual_width.n = 3", "cannot be narrower"},
      {"model.context = 8\ndata.sequence_length = 9", "more than model.context = 8"},
  };
  for (const auto& c : kCases) {
    Config config;
    ASSERT_TRUE(config.load_toml_text(c.text, "r.toml").is_ok());
    expect_error(config.validate(), Code::kInvalidArgument, c.part);
  }
}

}  // namespace
}  // namespace raddle::config
