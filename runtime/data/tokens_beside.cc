// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokens_beside.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "runtime/base/file_kind.h"
#include "runtime/base/json.h"
#include "runtime/base/log.h"
#include "runtime/data/tokenizer_json_parts.h"

namespace raddle::data {
namespace {

using Json = nlohmann::json;

constexpr std::array kFlags = {"lstrip", "rstrip", "single_word", "normalized"};

// A token that a file names; one whose flags are null has those that it has already.
struct Named {
  std::string content, file;
  Json flags = {};
  bool special = false;
  int64_t id = -1;     // that the file gives it; -1: none
  bool apart = false;  // SpecialTokens' own, which only takes its id here
};

// The object in one of the files; empty where there is none. What is wrong in a file is said by
// those who read it for more.
Json object(const TokenizerFiles& files, const char* name) {
  const auto file = files.find(name);
  if (file == files.end()) return Json::object();
  Json json = json_from(file->second);
  return json.is_object() ? json : Json::object();
}

// "x" or {"content": "x", ...}
std::string content_of(const Json& value) {
  const Json content = value.is_object() ? value.value("content", Json()) : value;
  return content.is_string() ? content.get<std::string>() : std::string();
}

// In the order in which AutoTokenizer adds them.
class Collector {
 public:
  explicit Collector(const TokenizerFiles& files)
      : config_(object(files, "tokenizer_config.json")),
        map_(object(files, "special_tokens_map.json")),
        more_(object(files, "added_tokens.json")) {
    const bool has_decoder = config_.contains("added_tokens_decoder");
    has_decoder ? add_decoder() : add_older();
    for (const char* key : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                            "cls_token", "mask_token"}) {
      const bool in_config = config_.contains(key);
      if (!in_config && has_decoder) continue;
      const Json value = in_config ? config_[key] : map_.value(key, Json());
      add({.content = content_of(value), .file = "", .special = true, .apart = true});
    }
    add_lists("tokenizer_config.json", config_);
    if (!has_decoder) add_lists("special_tokens_map.json", map_);
  }
  const std::vector<Named>& named() const { return named_; }

 private:
  void add(Named token) {
    if (token.content.empty() || !seen_.insert(token.content).second) return;
    named_.push_back(std::move(token));
  }
  // {"151644": {"content": "<|im_start|>", "special": true, ...}}
  void add_decoder() {
    std::map<int64_t, Json> by_id;
    const Json decoder = config_["added_tokens_decoder"];
    for (const auto& [key, token] : decoder.items()) {
      int64_t id = -1;
      std::from_chars(key.data(), key.data() + key.size(), id);
      if (decoder.is_object() && token.is_object()) by_id.emplace(id, token);
    }
    for (const auto& [id, token] : by_id) {
      add({.content = content_of(token),
           .file = "tokenizer_config.json",
           .flags = token,
           .special = is_true(token, "special"),
           .id = id});
    }
  }
  // {"<|im_start|>": 151644}
  void add_older() {
    std::map<int64_t, std::string> by_id;
    for (const auto& [content, id] : more_.items()) {
      if (id.is_number_integer()) by_id.emplace(id.get<int64_t>(), content);
    }
    for (const auto& [id, content] : by_id) {
      const bool special = is_special(content);
      add({.content = content, .file = "added_tokens.json", .special = special, .id = id});
    }
  }
  void add_lists(const char* file, const Json& from) {
    for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
      const auto list = from.find(key);
      if (list == from.end() || !(list->is_array() || list->is_object())) continue;
      for (const auto& [name, token] : list->items()) {
        add({.content = content_of(token), .file = file, .special = true});
      }
    }
  }
  bool is_special(const std::string& content) const {
    for (const Json* json : {&config_, &map_}) {
      for (const auto& [key, value] : json->items()) {
        if (key.ends_with("_token") && content_of(value) == content) return true;
        const bool list = key == "additional_special_tokens" && value.is_array();
        for (const Json& token : list ? value : Json::array()) {
          if (content_of(token) == content) return true;
        }
      }
    }
    return false;
  }

  Json config_, map_, more_;
  std::vector<Named> named_;
  std::set<std::string> seen_;
};

const AddedToken* find_added(const BpeSpec& spec, const std::string& content) {
  const auto found = std::find_if(spec.added.begin(), spec.added.end(),
                                  [&](const AddedToken& t) { return t.content == content; });
  return found == spec.added.end() ? nullptr : &*found;
}

// A flag that is absent is false, but for `normalized`: that of a token that is not special is
// true.
bool flag(const Named& token, const char* name) {
  const bool given = token.flags.is_object() && token.flags.contains(name);
  if (given) return is_true(token.flags, name);
  return name == kFlags[3] && !token.special;
}

bool has_other_flags(const AddedToken& token, const Named& named) {
  if (!named.flags.is_object()) return false;
  return token.lstrip != flag(named, "lstrip") || token.rstrip != flag(named, "rstrip") ||
         token.single_word != flag(named, "single_word") ||
         token.normalized != flag(named, "normalized") || (named.special && !token.special);
}

void log_added(const Named& token, int64_t id, const std::string& where) {
  if (token.id >= 0 && token.id != id) {
    log_warning(
        "{}/{}: token {} has id {} there and none in the tokenizer.json; it gets id {}, as from "
        "AutoTokenizer",
        where, token.file, token.content, token.id, id);
  } else {
    log_info("{}/{}: token {}, which the tokenizer.json lacks, is added with id {}", where,
             token.file, token.content, id);
  }
}

Json entry_of(const Named& token, int64_t id) {
  Json entry = {{"id", id}, {"content", token.content}, {"special", token.special}};
  for (const char* name : kFlags) entry[name] = flag(token, name);
  return entry;
}

// Puts `named` into the "added_tokens" of a tokenizer.json.
void add_all(const std::vector<Named>& named, const std::string& where, Json& json) {
  Json& added = json["added_tokens"];
  if (!added.is_array()) added = Json::array();
  const Json& vocab = json["model"]["vocab"];
  auto next = static_cast<int64_t>(vocab.size());
  for (const Json& token : added) next = std::max(next, token["id"].get<int64_t>() + 1);
  for (const Named& token : named) {
    const auto known = std::find_if(added.begin(), added.end(), [&](const Json& entry) {
      return entry["content"] == token.content;
    });
    if (known != added.end()) {
      if (!token.flags.is_object()) continue;
      for (const char* name : kFlags) (*known)[name] = flag(token, name);
      if (token.special) (*known)["special"] = true;
      continue;
    }
    const auto word = vocab.find(token.content);
    const int64_t id = word != vocab.end() ? word->get<int64_t>() : next++;
    if (token.apart) continue;
    log_added(token, id, where);
    added.push_back(entry_of(token, id));
  }
}

// This file has nobody else to say what is wrong in it.
Status check_added_tokens(const TokenizerFiles& files, const std::string& where) {
  const auto file = files.find("added_tokens.json");
  if (file == files.end()) return Status::ok();
  const std::string path = where + "/added_tokens.json";
  const Json json = json_from(file->second);
  if (json.is_object()) return Status::ok();
  if (file->second.find_first_not_of(" \t\r\n") == std::string::npos) {
    return data_loss("{}: the file is empty; copy it again, or remove it", path);
  }
  return json.is_discarded()
             ? data_loss("{}", not_json_message(file->second, path, 0))
             : data_loss("{}: not a JSON object; expected tokens with their ids", path);
}

// transformers sets it by tokenizer_config.json, whatever the tokenizer.json says: release 4 of
// each class, release 5 of GPT-2's.
std::optional<bool> prefix_space_of(const TokenizerFiles& files) {
  const Json config = object(files, "tokenizer_config.json");
  const Json value = config.value("add_prefix_space", Json());
  return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
}

void set_prefix_space(bool value, const std::string& where, Json& json) {
  Json& pre_tokenizer = json["pre_tokenizer"];
  if (!pre_tokenizer.is_object() || pre_tokenizer.value("type", Json()) != "ByteLevel") return;
  pre_tokenizer["add_prefix_space"] = value;
  log_info("{}/tokenizer_config.json: add_prefix_space is {}, and is taken", where, value);
}

}  // namespace

StatusOr<std::string> with_tokens_beside(const TokenizerFiles& files, const std::string& where,
                                         const BpeSpec& spec) {
  RADDLE_RETURN_IF_ERROR(check_added_tokens(files, where));
  const std::vector<Named> named = Collector(files).named();
  const std::optional<bool> prefix = prefix_space_of(files);
  const bool other_prefix = prefix.has_value() && *prefix != spec.prefix_space;
  const bool changes = std::any_of(named.begin(), named.end(), [&](const Named& token) {
    const AddedToken* known = find_added(spec, token.content);
    return known == nullptr ? !token.apart : has_other_flags(*known, token);
  });
  if (!changes && !other_prefix) return std::string();
  Json json = json_from(spec.source_json);
  if (!json.is_object()) return internal_error("{}: the tokenizer's JSON does not parse", where);
  add_all(named, where, json);
  if (other_prefix) set_prefix_space(*prefix, where, json);
  return json_text(json, 2) + "\n";
}

}  // namespace raddle::data
