// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenizer_json_parts.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/base/log.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/tokenizer_json.h"

namespace raddle::data {
namespace {

using Json = nlohmann::json;

std::string type_of(const Json& value) {
  const bool typed = value.is_object() && value.contains("type") && value["type"].is_string();
  return typed ? value["type"].get<std::string>() : std::string();
}

// The parts of a "Sequence" under `key`, also of those inside it, or the value alone. The depth of
// this recursion is that of the JSON, which is limited.
std::vector<Json> parts_of(const Json& value, const char* key) {
  if (type_of(value) != "Sequence") return {value};
  const Json parts = value.value(key, Json::array());
  if (!parts.is_array()) return {parts};
  std::vector<Json> flat;
  for (const Json& part : parts) {
    for (Json& inner : parts_of(part, key)) flat.push_back(std::move(inner));
  }
  return flat;
}

// A text as a pattern that matches it alone.
std::string quoted(const std::string& text) {
  std::string pattern;
  for (const char c : text) {
    const bool word = static_cast<unsigned char>(c) >= 0x80 || std::isalnum(c) != 0 || c == '_';
    pattern += word ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return pattern;
}

StatusOr<SplitBehavior> read_behavior(const Json& part, const std::string& file) {
  static const std::map<std::string, SplitBehavior> kBehaviors = {
      {"Isolated", SplitBehavior::kIsolated},
      {"Removed", SplitBehavior::kRemoved},
      {"Contiguous", SplitBehavior::kContiguous},
      {"MergedWithPrevious", SplitBehavior::kMergedWithPrevious},
      {"MergedWithNext", SplitBehavior::kMergedWithNext}};
  const Json name = part.value("behavior", Json());
  const auto behavior = kBehaviors.find(name.is_string() ? name.get<std::string>() : std::string());
  if (behavior != kBehaviors.end()) return behavior->second;
  return unimplemented("{}: pre_tokenizer {} has behavior {}, which is not known", file,
                       type_of(part), json_shown(name));
}

Status read_split(const Json& part, const std::string& file, std::vector<SplitRule>& patterns) {
  const Json pattern = part.value("pattern", Json());
  const bool is_object = pattern.is_object();
  const Json regex = is_object ? pattern.value("Regex", Json()) : Json();
  const Json text = is_object ? pattern.value("String", Json()) : Json();
  if (!regex.is_string() && !(text.is_string() && text != "")) {
    return unimplemented("{}: pre_tokenizer Split has pattern {}; only a Regex or a String is read",
                         file, json_shown(pattern));
  }
  RADDLE_ASSIGN_OR_RETURN(const SplitBehavior behavior, read_behavior(part, file));
  patterns.emplace_back(
      regex.is_string() ? regex.get<std::string>() : quoted(text.get<std::string>()), behavior,
      is_true(part, "invert"));
  return Status::ok();
}

Status read_punctuation(const Json& part, const std::string& file,
                        std::vector<SplitRule>& patterns) {
  Json whole = part;
  if (!part.contains("behavior")) whole["behavior"] = "Isolated";
  RADDLE_ASSIGN_OR_RETURN(const SplitBehavior behavior, read_behavior(whole, file));
  patterns.emplace_back("[!-/:-@\\[-`{-~\\p{P}]", behavior, false);
  return Status::ok();
}

// A character between two words, which is left out.
Status read_delimiter(const Json& part, const std::string& file, std::vector<SplitRule>& patterns) {
  const Json text = part.value("delimiter", Json());
  if (!text.is_string() || text == "") {
    return data_loss("{}: pre_tokenizer CharDelimiterSplit has delimiter {}; expected a character",
                     file, json_shown(text));
  }
  patterns.emplace_back(quoted(text.get<std::string>()), SplitBehavior::kRemoved, false);
  return Status::ok();
}

Status read_splitting(const Json& part, const std::string& file, std::vector<SplitRule>& patterns) {
  const std::string type = type_of(part);
  if (type == "Split") return read_split(part, file, patterns);
  if (type == "Punctuation") return read_punctuation(part, file, patterns);
  if (type == "CharDelimiterSplit") return read_delimiter(part, file, patterns);
  if (type == "Digits") {
    patterns.emplace_back(is_true(part, "individual_digits") ? "\\p{N}" : "\\p{N}+");
  } else if (type == "WhitespaceSplit") {
    patterns.emplace_back("\\s", SplitBehavior::kRemoved, false);
  } else if (type == "Whitespace") {
    // In the library this is an expression of Rust's, whose words also have joiners.
    patterns.emplace_back("[\\w\\u200c\\u200d]+|[^\\w\\u200c\\u200d\\s]+", SplitBehavior::kRemoved,
                          true);
  } else {
    return unimplemented(
        "{}: pre_tokenizer {} is not supported; only Split, Digits, Punctuation, Whitespace, "
        "WhitespaceSplit, CharDelimiterSplit and ByteLevel are read. Train a tokenizer with one of "
        "these (raddle data train-tokenizer), or write this one as a Split with a pattern",
        file, json_shown(part));
  }
  return Status::ok();
}

void read_byte_level(const Json& part, BpeSpec& spec) {
  if (is_true(part, "add_prefix_space")) {
    spec.prefix_space = true;
    spec.prefix_behind = spec.patterns.size();
  }
  // Absent means true: files older than the setting.
  if (!part.contains("use_regex") || is_true(part, "use_regex")) {
    spec.patterns.emplace_back(kGpt2Pattern);
  }
}

// The normal form of a text of one that is put into another.
NormalForm both(NormalForm first, NormalForm second) {
  if (first == NormalForm::kNone) return second;
  const auto is_compatible = [](NormalForm form) {
    return form == NormalForm::kNfkc || form == NormalForm::kNfkd;
  };
  if (!is_compatible(first)) return second;
  const bool composed = second == NormalForm::kNfc || second == NormalForm::kNfkc;
  return composed ? NormalForm::kNfkc : NormalForm::kNfkd;
}

// The ids that a template puts where it names `token`.
StatusOr<std::vector<int32_t>> template_ids(const Json& part, const Json& token,
                                            const std::string& file, const BpeSpec& spec) {
  const Json known = part.value("special_tokens", Json::object());
  std::vector<int32_t> ids;
  if (token.is_string() && known.is_object() && known.contains(token.get<std::string>())) {
    const Json entry = known[token.get<std::string>()];
    const Json list = entry.is_object() ? entry.value("ids", Json()) : Json();
    for (const Json& id : list.is_array() ? list : Json::array()) {
      const bool valid = id.is_number_unsigned() && id.get<uint64_t>() < spec.tokens.size();
      if (valid) ids.push_back(id.get<int32_t>());
    }
  } else {
    for (const AddedToken& added : spec.added) {
      if (token == added.content) ids.push_back(added.id);
    }
  }
  if (!ids.empty()) return ids;
  return data_loss(
      "{}: post_processor puts token {} around a text, but neither its special_tokens nor "
      "added_tokens have an id for it",
      file, json_shown(token));
}

// Puts the ids before and after what earlier processors put there.
void surround(SpecialTokens& special, const std::vector<int32_t>& before,
              const std::vector<int32_t>& after) {
  special.begin.insert(special.begin.begin(), before.begin(), before.end());
  special.end.insert(special.end.end(), after.begin(), after.end());
}

Status read_template(const Json& part, const std::string& file, BpeSpec& spec) {
  const Json single = part.value("single", Json());
  std::vector<int32_t> before, after;
  int texts = 0;
  for (const Json& piece : single.is_array() ? single : Json::array()) {
    if (piece.is_object() && piece.contains("Sequence")) {
      ++texts;
      continue;
    }
    const bool named =
        piece.is_object() && piece.contains("SpecialToken") && piece["SpecialToken"].is_object();
    const Json token = named ? piece["SpecialToken"].value("id", Json()) : Json();
    RADDLE_ASSIGN_OR_RETURN(const auto ids, template_ids(part, token, file, spec));
    std::vector<int32_t>& side = texts == 0 ? before : after;
    side.insert(side.end(), ids.begin(), ids.end());
  }
  if (texts != 1) {
    return data_loss("{}: post_processor TemplateProcessing has single {}; expected one text in it",
                     file, json_shown(single));
  }
  surround(spec.special, before, after);
  return Status::ok();
}

// {"cls": ["<s>", 0], "sep": ["</s>", 2]}
Status read_bert(const Json& part, const std::string& file, BpeSpec& spec) {
  std::vector<int32_t> ids;
  for (const char* key : {"cls", "sep"}) {
    const Json pair = part.value(key, Json());
    const bool valid = pair.is_array() && pair.size() == 2 && pair[1].is_number_unsigned() &&
                       pair[1].get<uint64_t>() < spec.tokens.size();
    if (!valid) {
      return data_loss("{}: post_processor {} has {} {}; expected a token and its id", file,
                       type_of(part), key, json_shown(pair));
    }
    ids.push_back(pair[1].get<int32_t>());
  }
  surround(spec.special, {ids[0]}, {ids[1]});
  return Status::ok();
}

}  // namespace

bool is_true(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

StatusOr<bool> read_normalizer(const Json& normalizer, const std::string& file, BpeSpec& spec) {
  bool to_bytes = false;
  static const std::map<std::string, NormalForm> kForms = {{"NFC", NormalForm::kNfc},
                                                           {"NFD", NormalForm::kNfd},
                                                           {"NFKC", NormalForm::kNfkc},
                                                           {"NFKD", NormalForm::kNfkd}};
  for (const Json& part : parts_of(normalizer, "normalizers")) {
    if (part.is_null()) continue;
    const auto form = kForms.find(type_of(part));
    if (type_of(part) == "ByteLevel" && !to_bytes) {
      to_bytes = true;
    } else if (form == kForms.end() || to_bytes) {
      return unimplemented(
          "{}: normalizer {} is not supported; only NFC, NFD, NFKC, NFKD and, last, ByteLevel are. "
          "What it does can be done to the texts before, with a tokenizer.json that leaves it out",
          file, json_shown(normalizer));
    } else {
      spec.normal_form = both(spec.normal_form, form->second);
    }
  }
  return to_bytes;
}

Status read_pre_tokenizer(const Json& pre_tokenizer, bool is_bytes, const std::string& file,
                          BpeSpec& spec) {
  bool byte_level = is_bytes;
  if (is_bytes && pre_tokenizer.is_null()) return Status::ok();
  for (const Json& part : parts_of(pre_tokenizer, "pretokenizers")) {
    if (type_of(part) != "ByteLevel") {
      // Behind ByteLevel there are letters of the alphabet in place of a text.
      RADDLE_RETURN_IF_ERROR(
          read_splitting(part, file, byte_level ? spec.spelled_patterns : spec.patterns));
    } else if (byte_level) {
      return unimplemented(
          "{}: pre_tokenizer {} comes after ByteLevel{}, so that it would spell bytes of letters "
          "that stand for bytes; leave one of them out",
          file, json_shown(part), is_bytes ? ", which is among the normalizers" : "");
    } else {
      byte_level = true;
      read_byte_level(part, spec);
    }
  }
  if (!byte_level) {
    return unimplemented("{}: pre_tokenizer has no ByteLevel; only byte-level tokenizers are read",
                         file);
  }
  return Status::ok();
}

Status check_decoder(const Json& decoder, const std::string& file) {
  // Without a decoder nothing is said of ids, and the vocabulary says what bytes they are.
  if (decoder.is_null()) return Status::ok();
  for (const Json& part : parts_of(decoder, "decoders")) {
    // Fuse joins tokens, as they are joined anyway.
    if (type_of(part) != "ByteLevel" && type_of(part) != "Fuse") {
      return unimplemented(
          "{}: decoder {} is not supported; only ByteLevel and Fuse are read. If the vocabulary is "
          "byte-level, a decoder that is null reads it as such",
          file, json_shown(part));
    }
  }
  return Status::ok();
}

Status read_post_processor(const Json& processor, const std::string& file, BpeSpec& spec) {
  if (processor.is_null()) return Status::ok();
  for (const Json& part : parts_of(processor, "processors")) {
    const std::string type = type_of(part);
    if (type == "ByteLevel") continue;  // touches offsets, not ids
    if (type == "TemplateProcessing") {
      RADDLE_RETURN_IF_ERROR(read_template(part, file, spec));
    } else if (type == "RobertaProcessing" || type == "BertProcessing") {
      RADDLE_RETURN_IF_ERROR(read_bert(part, file, spec));
    } else {
      return unimplemented(
          "{}: post_processor {} is not supported; only ByteLevel, TemplateProcessing, "
          "RobertaProcessing and BertProcessing are read",
          file, json_shown(part));
    }
  }
  spec.special.add_bos = !spec.special.begin.empty();
  return Status::ok();
}

}  // namespace raddle::data
