// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/vocab_and_merges.h"

#include <map>
#include <nlohmann/json.hpp>

#include "runtime/base/file_kind.h"
#include "runtime/base/json.h"
#include "runtime/data/byte_alphabet.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/tokenizer_json_parts.h"

namespace raddle::data {
namespace {

using Json = nlohmann::json;

constexpr const char* kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})"
    R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// What a file is that does not parse: "; it is a web page: ...".
std::string instead(std::string_view text) {
  const auto kind = recognize_file(text.substr(0, 4096));
  return kind ? fmt::format("; it is {}: {}", kind->what, kind->remedy) : std::string();
}

StatusOr<Json> object(const TokenizerFiles& files, const std::string& name,
                      const std::string& where) {
  const auto file = files.find(name);
  if (file == files.end()) return Json::object();
  Json json = json_from(file->second);
  if (!json.is_object()) {
    return data_loss("{}/{}: not a JSON object{}", where, name, instead(file->second));
  }
  return json;
}

// Lines "a b"; the first may be a comment with the version.
StatusOr<Json> merges_of(const std::string& text, const Json& vocab, const std::string& file) {
  Json merges = Json::array();
  size_t line_number = 0;
  const size_t mark = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (size_t begin = mark; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    ++line_number;
    while (line.ends_with('\r')) line.pop_back();
    if (line.empty() || (line_number == 1 && line.starts_with("#version"))) continue;
    const size_t space = line.find(' ');
    const bool pair = space != line.npos && space > 0 && space + 1 < line.size() &&
                      line.find(' ', space + 1) == line.npos;
    if (!pair) {
      return data_loss("{}: line {} is {}; expected two tokens with a space between them{}", file,
                       line_number, json_shown(line), instead(text));
    }
    const std::string left = line.substr(0, space), right = line.substr(space + 1);
    for (const std::string& token : {left, right, left + right}) {
      if (vocab.contains(token)) continue;
      return data_loss("{}: line {} needs token {}, which vocab.json does not have{}", file,
                       line_number, json_shown(token), instead(text));
    }
    merges.push_back(line);
  }
  return merges;
}

// Added tokens by id, from all the files that name some.
class AddedTokens {
 public:
  explicit AddedTokens(const Json& vocab) : vocab_(vocab) {}

  void add(const std::string& content, const Json& id, const Json& flags, bool special) {
    if (!id.is_number_unsigned() || content.empty()) return;
    Json token = {{"id", id}, {"content", content}, {"special", special}};
    for (const char* key : {"lstrip", "rstrip", "single_word", "normalized"}) {
      token[key] = flags.is_object() && is_true(flags, key);
    }
    by_id_.emplace(id.get<uint64_t>(), std::move(token));
  }
  // "eos_token": "x" or {"content": "x", ...}, where the vocabulary or another file has its id.
  void add_named(const Json& map, const Json& more) {
    for (const char* key : {"bos_token", "eos_token", "unk_token", "pad_token"}) {
      const Json value = map.value(key, Json());
      const Json content = value.is_object() ? Json(value.value("content", Json())) : value;
      if (!content.is_string()) continue;
      const auto name = content.get<std::string>();
      if (vocab_.contains(name)) add(name, vocab_[name], value, true);
      if (more.contains(name)) add(name, more[name], value, true);
    }
  }
  bool has(const Json& id) const {
    return id.is_number_unsigned() && by_id_.contains(id.get<uint64_t>());
  }
  Json list() const {
    Json tokens = Json::array();
    for (const auto& [id, token] : by_id_) tokens.push_back(token);
    return tokens;
  }

 private:
  const Json& vocab_;
  std::map<uint64_t, Json> by_id_;
};

// An empty merges.txt, as an interrupted copy leaves it, would leave nothing but bytes.
Status check_merges(const Json& merges, const Json& vocab, const AddedTokens& added,
                    const std::string& where) {
  if (!merges.empty()) return Status::ok();
  for (const auto& [token, id] : vocab.items()) {
    const auto bytes = alphabet_to_bytes(token);
    if (!bytes || bytes->size() < 2 || added.has(id)) continue;
    return data_loss(
        "{}/merges.txt: it holds no merges, so that token {} and its like could never be used; "
        "copy or download the file again",
        where, json_shown(token));
  }
  return Status::ok();
}

Json split_of(const char* pattern) {
  return {{"type", "Sequence"},
          {"pretokenizers",
           {{{"type", "Split"},
             {"pattern", {{"Regex", pattern}}},
             {"behavior", "Isolated"},
             {"invert", false}},
            {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};
}

}  // namespace

StatusOr<std::string> tokenizer_json_of(const TokenizerFiles& files, const std::string& where) {
  RADDLE_ASSIGN_OR_RETURN(const Json vocab, object(files, "vocab.json", where));
  RADDLE_ASSIGN_OR_RETURN(const Json merges,
                          merges_of(files.at("merges.txt"), vocab, where + "/merges.txt"));
  RADDLE_ASSIGN_OR_RETURN(const Json config, object(files, "tokenizer_config.json", where));
  RADDLE_ASSIGN_OR_RETURN(const Json map, object(files, "special_tokens_map.json", where));
  RADDLE_ASSIGN_OR_RETURN(const Json more, object(files, "added_tokens.json", where));
  const std::string kind = json_text(config.value("tokenizer_class", Json("GPT2Tokenizer")));
  const bool qwen = kind.starts_with("\"Qwen2Tokenizer");
  if (!qwen && !kind.starts_with("\"GPT2Tokenizer")) {
    return unimplemented(
        "{}: it has vocab.json and merges.txt but no tokenizer.json, and they do not say how {} "
        "splits a text; write one with transformers: "
        "AutoTokenizer.from_pretrained(\"{}\").save_pretrained(\"{}\")",
        where, kind, where, where);
  }
  AddedTokens added(vocab);
  const Json decoder = config.value("added_tokens_decoder", Json::object());
  for (const auto& [id, token] : decoder.items()) {
    const bool valid = token.is_object() && token.value("content", Json()).is_string();
    if (valid) {
      added.add(token["content"].get<std::string>(), json_from(id), token,
                is_true(token, "special"));
    }
  }
  added.add_named(config, more);
  added.add_named(map, more);
  for (const auto& [content, id] : more.items()) added.add(content, id, Json(), false);
  // Without a word about it, GPT-2's own.
  const char* end = "<|endoftext|>";
  if (vocab.contains(end)) added.add(end, vocab[end], Json(), true);
  RADDLE_RETURN_IF_ERROR(check_merges(merges, vocab, added, where));

  const Json byte_level = {{"type", "ByteLevel"},
                           {"add_prefix_space", !qwen && is_true(config, "add_prefix_space")},
                           {"use_regex", true}};
  Json json = {{"version", "1.0"},
               {"added_tokens", added.list()},
               {"normalizer", nullptr},
               {"pre_tokenizer", qwen ? split_of(kQwen2Pattern) : byte_level},
               {"post_processor", nullptr},
               {"decoder", {{"type", "ByteLevel"}}},
               {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}}}};
  if (qwen) json["normalizer"] = {{"type", "NFC"}};
  return json_text(json, 2) + "\n";
}

}  // namespace raddle::data
