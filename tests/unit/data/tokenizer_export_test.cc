// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenizer_export.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/data/tokenizer_json.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using Json = nlohmann::json;

// The bytes tokenizer with a token to begin texts with, whose name is not ASCII.
Json with_beginning() {
  Json json = Json::parse(load_tokenizer(posix_file_system(), "bytes").value()->to_json());
  json["added_tokens"].push_back({{"id", 257},
                                  {"content", "<début>"},
                                  {"single_word", false},
                                  {"lstrip", false},
                                  {"rstrip", false},
                                  {"normalized", false},
                                  {"special", true}});
  return json;
}

Json special_piece(const char* name) { return {{"SpecialToken", {{"id", name}, {"type_id", 0}}}}; }
Json text_piece() { return {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}; }
Json named(const char* name, int id) { return {{"id", name}, {"ids", {id}}, {"tokens", {name}}}; }

struct Files {
  std::shared_ptr<const Tokenizer> tokenizer;  // as read again from what was exported
  Json json, config, map;
};

Files exported(const Tokenizer& tokenizer) {
  const auto texts = export_tokenizer(tokenizer).value();
  const test::TempDir dir;
  test::write_file(dir / "tokenizer.json", texts.tokenizer);
  test::write_file(dir / "tokenizer_config.json", texts.tokenizer_config);
  test::write_file(dir / "special_tokens_map.json", texts.special_tokens_map);
  auto again = load_tokenizer(posix_file_system(), dir.path());
  EXPECT_TRUE(again.is_ok()) << again.status().to_string();
  return {again.is_ok() ? *again : nullptr, Json::parse(texts.tokenizer),
          Json::parse(texts.tokenizer_config), Json::parse(texts.special_tokens_map)};
}

Files exported(const Json& tokenizer, const Json& config) {
  const test::TempDir dir;
  test::write_file(dir / "tokenizer.json", tokenizer.dump());
  test::write_file(dir / "tokenizer_config.json", config.dump());
  const auto read = load_tokenizer(posix_file_system(), dir.path());
  EXPECT_TRUE(read.is_ok()) << read.status().to_string();
  return exported(**read);
}

TEST(ExportTokenizer, NamesAClassThatTakesTheFileAsItIs) {
  const auto bytes = load_tokenizer(posix_file_system(), "bytes").value();
  const Files files = exported(*bytes);
  EXPECT_EQ(files.config["tokenizer_class"], "PreTrainedTokenizerFast");
  EXPECT_EQ(files.config["eos_token"], "<|endoftext|>");
  EXPECT_EQ(files.config["add_bos_token"], false);
  EXPECT_TRUE(files.config["pad_token"].is_null());
  EXPECT_EQ(files.map, (Json{{"eos_token", "<|endoftext|>"}}));
  EXPECT_TRUE(files.json["post_processor"].is_null());
  EXPECT_EQ(files.tokenizer->special().eos, bytes->special().eos);
  EXPECT_FALSE(files.tokenizer->special().bos);
}

// What needs no change is not written anew, in another order or at the cost of a large vocabulary.
TEST(ExportTokenizer, AFileThatSaysItAllStaysAsItIs) {
  const std::string text = "\n" + with_beginning().dump(7);
  const auto tokenizer = tokenizer_from_files({{"tokenizer.json", text}}, "there").value();
  EXPECT_EQ(export_tokenizer(*tokenizer)->tokenizer, text);
}

// transformers looks at the post-processor alone, so that is where a beginning must stand.
TEST(ExportTokenizer, PutsABeginningWhereTransformersLooks) {
  test::ExpectLog expect("add_bos_token is true, but");
  const Files files =
      exported(with_beginning(),
               {{"bos_token", "<début>"}, {"eos_token", "<|endoftext|>"}, {"add_bos_token", true}});
  const Json& processor = files.json["post_processor"];
  EXPECT_EQ(processor["type"], "TemplateProcessing");
  EXPECT_EQ(processor["single"], (Json{special_piece("<début>"), text_piece()}));
  EXPECT_EQ(processor["special_tokens"], (Json{{"<début>", named("<début>", 257)}}));
  EXPECT_EQ(files.config["add_bos_token"], true);
  EXPECT_EQ(files.map["bos_token"], "<début>");
  EXPECT_TRUE(files.tokenizer->special().add_bos);
  EXPECT_EQ(files.tokenizer->special().bos, 257);
}

// And what the file put there goes where add_bos_token = false takes it back; its end stays.
TEST(ExportTokenizer, FalseStaysFalse) {
  Json json = with_beginning();
  json["post_processor"] = {
      {"type", "Sequence"},
      {"processors",
       {{{"type", "ByteLevel"},
         {"add_prefix_space", true},
         {"trim_offsets", false},
         {"use_regex", true}},
        {{"type", "TemplateProcessing"},
         {"single", {special_piece("<début>"), text_piece(), special_piece("<|endoftext|>")}},
         {"pair", {text_piece()}},
         {"special_tokens",
          {{"<début>", named("<début>", 257)}, {"<|endoftext|>", named("<|endoftext|>", 256)}}}}}}};
  const Json config = {{"bos_token", "<début>"}, {"eos_token", "<|endoftext|>"}};
  Json off = config;
  off["add_bos_token"] = false;
  test::ExpectLog expect("add_bos_token is false, but");
  const Files files = exported(json, off);
  EXPECT_FALSE(files.tokenizer->special().add_bos);
  EXPECT_EQ(files.tokenizer->special().bos, 257);
  EXPECT_EQ(files.config["add_bos_token"], false);
  EXPECT_EQ(files.json["post_processor"]["processors"][1]["single"],
            (Json{text_piece(), special_piece("<|endoftext|>")}));
  EXPECT_EQ(exported(json, config).json["post_processor"], json["post_processor"]);
}

// transformers 4.57.6 takes it for false where tokenizer_config.json does not name it.
TEST(ExportTokenizer, NamesASpaceBeforeATextInBothFiles) {
  Json json = with_beginning();
  EXPECT_FALSE(exported(json, Json::object()).config.contains("add_prefix_space"));
  json["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", true}};
  const Files files = exported(json, Json::object());
  EXPECT_EQ(files.config["add_prefix_space"], true);
  EXPECT_EQ(files.json["pre_tokenizer"]["add_prefix_space"], true);
}

// From the files, through those of a run, to the export.
TEST(ExportTokenizer, KeepsWhatIsForOtherTools) {
  Json json = with_beginning();
  const Json more = {{"chat_template", "{% for m in messages %}<|é|>{{ m }}{% endfor %}"},
                     {"unk_token", "<|endoftext|>"},
                     {"model_max_length", 2048},
                     {"padding_side", "left"},
                     {"truncation_side", "left"},
                     {"clean_up_tokenization_spaces", true},
                     {"additional_special_tokens", {"<début>"}}};
  Json config = more;
  config["bos_token"] = "<début>";
  const auto files_of = [](const Tokenizer& tokenizer) {
    return *tokenizer_from_files(tokenizer_files(tokenizer), "a run");
  };
  TokenizerFiles files = {{"tokenizer.json", json.dump()},
                          {"tokenizer_config.json", config.dump()}};
  const auto read = files_of(*tokenizer_from_files(files, "there").value());
  for (const auto& tokenizer : {read, files_of(*read)}) {
    const Json out = exported(*tokenizer).config;
    for (const auto& [key, value] : more.items()) EXPECT_EQ(out[key], value) << key;
  }
  EXPECT_FALSE(exported(json, {{"model_max_length", 1e30}}).config.contains("model_max_length"));
  // A template in a file of its own wins, as in transformers.
  const test::TempDir dir;
  files["chat_template.jinja"] = "{{ messages }}";
  for (const auto& [name, text] : files) test::write_file(dir / name, text);
  const auto jinja = load_tokenizer(posix_file_system(), dir.path()).value();
  EXPECT_EQ(exported(*files_of(*jinja)).config["chat_template"], "{{ messages }}");
}

// What documents begin with is not always bos, nor from a template.
TEST(ExportTokenizer, ATextBeginsAsItDidInTraining) {
  test::ExpectLog expect("but the tokenizer.json's post_processor puts");
  Json json = with_beginning();
  Json mask = json["added_tokens"].back();
  mask["id"] = 258;
  mask["content"] = "[gMASK]";
  json["added_tokens"].push_back(mask);
  const Json roberta = {
      {"type", "RobertaProcessing"}, {"cls", {"<début>", 257}}, {"sep", {"<|endoftext|>", 256}}};
  const Json byte_level = {{"type", "ByteLevel"}, {"trim_offsets", false}};
  const auto template_of = [](Json single) {
    return Json{{"type", "TemplateProcessing"},
                {"single", std::move(single)},
                {"special_tokens",
                 {{"<début>", named("<début>", 257)}, {"[gMASK]", named("[gMASK]", 258)}}}};
  };
  const Json processors[] = {
      nullptr,
      roberta,
      {{"type", "Sequence"}, {"processors", {byte_level, roberta}}},
      template_of({special_piece("[gMASK]"), text_piece()}),
      template_of({special_piece("[gMASK]"), special_piece("<début>"), text_piece()}),
      {{"type", "Sequence"},
       {"processors", {roberta, template_of({special_piece("[gMASK]"), text_piece()})}}}};
  for (const Json& processor : processors) {
    json["post_processor"] = processor;
    for (const char* add : {"", "true", "false"}) {
      Json config = {{"bos_token", "<début>"}};
      if (*add != 0) config["add_bos_token"] = *add == 't';
      const auto name = processor.dump() + " " + add;
      const auto before =
          tokenizer_from_files(
              {{"tokenizer.json", json.dump()}, {"tokenizer_config.json", config.dump()}}, name)
              .value();
      const Files files = exported(*before);
      EXPECT_EQ(files.tokenizer->special().begin, before->special().begin) << name;
      EXPECT_EQ(files.tokenizer->special().end, before->special().end) << name;
      // transformers sees the post-processor alone.
      const auto alone = tokenizer_from_json(files.json.dump(), name).value();
      EXPECT_EQ(alone.special.begin, before->special().begin) << name;
    }
  }
}

}  // namespace
}  // namespace raddle::data
