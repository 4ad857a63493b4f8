// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/special_tokens.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "runtime/base/file_kind.h"
#include "runtime/base/json.h"
#include "runtime/base/log.h"
#include "runtime/data/byte_alphabet.h"
#include "runtime/data/tokenizer_json_parts.h"

namespace raddle::data {
namespace {

using Json = nlohmann::json;

// What is for other tools: a run keeps it for its exports.
constexpr std::array kCarried = {"chat_template",
                                 "model_max_length",
                                 "unk_token",
                                 "sep_token",
                                 "cls_token",
                                 "mask_token",
                                 "additional_special_tokens",
                                 "extra_special_tokens",
                                 "padding_side",
                                 "truncation_side",
                                 "clean_up_tokenization_spaces"};

// What is known of one of the three so far. A null in a file says that there is none, which ends
// the search as a token does.
struct Wanted {
  const char* token_key;
  const char* id_key;
  std::vector<std::string_view> names;  // customary
  std::optional<int32_t>* place;
  bool settled = false;
};

// An id of the token that a file spells as `content`: an added one, or one of the vocabulary.
std::optional<int32_t> find_token(const BpeSpec& spec, const std::string& content) {
  for (const AddedToken& token : spec.added) {
    if (token.content == content) return token.id;
  }
  const auto bytes = alphabet_to_bytes(content);
  if (!bytes || bytes->empty()) return std::nullopt;
  const auto found = std::find(spec.tokens.begin(), spec.tokens.end(), *bytes);
  if (found == spec.tokens.end()) return std::nullopt;
  return static_cast<int32_t>(found - spec.tokens.begin());
}

// Classes of transformers 4 that obey add_bos_token. All but the last put bos_token before a text
// where nothing is said.
constexpr std::array<std::string_view, 5> kObeying = {"Llama", "CodeLlama", "Gemma", "Cohere",
                                                      "GPTNeoX"};
constexpr size_t kWithBos = 4;

std::string class_of(const Json& config) {
  const Json value = config.value("tokenizer_class", Json());
  return value.is_string() ? value.get<std::string>() : std::string();
}

// Each has two names: LlamaTokenizer and LlamaTokenizerFast.
bool is_of(std::string_view kind, std::span<const std::string_view> families) {
  return std::any_of(families.begin(), families.end(), [&](std::string_view family) {
    return kind.starts_with(family) && kind.substr(family.size()).starts_with("Tokenizer");
  });
}

Status not_json(const std::string& text, const std::string& where, const char* name) {
  const std::string file = where + "/" + name;
  if (text.find_first_not_of(" \t\r\n") == text.npos) {
    return data_loss("{}: the file is empty; copy it again, or remove it", file);
  }
  return data_loss("{}", not_json_message(text, file, 0));
}

class Finder {
 public:
  Finder(const TokenizerFiles& files, const std::string& where, FilesFrom from, BpeSpec& spec)
      : files_(files), where_(where.empty() ? "." : where), from_(from), spec_(spec) {}

  Status find() {
    RADDLE_RETURN_IF_ERROR(read_names("tokenizer_config.json"));
    RADDLE_RETURN_IF_ERROR(read_names("special_tokens_map.json"));
    read_template();
    RADDLE_RETURN_IF_ERROR(read_ids("generation_config.json"));
    RADDLE_RETURN_IF_ERROR(read_ids("config.json"));
    guess();
    RADDLE_RETURN_IF_ERROR(read_flags());
    return carry();
  }

 private:
  SpecialTokens& special() { return spec_.special; }

  // The object in one of the files; null where there is no such file.
  StatusOr<Json> object(const char* name) const {
    const auto file = files_.find(name);
    if (file == files_.end()) return Json();
    Json json = json_from(file->second);
    if (json.is_object()) return json;
    return json.is_discarded() ? not_json(file->second, where_, name)
                               : data_loss("{}/{}: not a JSON object; expected a Hugging Face {}",
                                           where_, name, name);
  }

  Status read_names(const char* name) {
    RADDLE_ASSIGN_OR_RETURN(const Json json, object(name));
    for (Wanted& wanted : wanted_) {
      if (!json.is_object() || !json.contains(wanted.token_key)) continue;
      Json value = json[wanted.token_key];
      if (value.is_object()) value = Json(value.value("content", Json()));
      if (wanted.settled) warn_of_another(name, wanted, value);
      if (wanted.settled) continue;
      if (value.is_null()) {
        wanted.settled = true;
        continue;
      }
      const auto id = value.is_string() ? find_token(spec_, value.get<std::string>())
                                        : std::optional<int32_t>();
      if (id) {
        *wanted.place = id;
        wanted.settled = true;
      } else if (wanted.place == &special().eos || is_true(json, "add_bos_token")) {
        return data_loss(
            "{}/{}: {} is {}, which is not among the added_tokens of the tokenizer.json, nor in "
            "its vocabulary; name a token that it has",
            where_, name, wanted.token_key, json_shown(value));
      } else {
        log_warning("{}/{}: {} is {}, which the tokenizer.json does not have; passed over", where_,
                    name, wanted.token_key, json_shown(value));
      }
    }
    return Status::ok();
  }

  // transformers takes it where tokenizer_config.json has no added_tokens_decoder.
  void warn_of_another(const char* name, const Wanted& wanted, const Json& value) const {
    const bool same = wanted.place->has_value() && value.is_string() &&
                      find_token(spec_, value.get<std::string>()) == *wanted.place;
    if (same || value.is_null()) return;
    log_warning(
        "{}/{}: {} is {}, but tokenizer_config.json names another, or none; that one is taken. If "
        "this one is right, name it there",
        where_, name, wanted.token_key, json_shown(value));
  }

  // What the post-processor puts around a text was read with the tokenizer.json.
  void read_template() {
    settle(wanted_[0], special().begin.empty() ? std::nullopt : std::optional(special().begin[0]));
    settle(wanted_[1], special().end.empty() ? std::nullopt : std::optional(special().end.back()));
  }

  Status read_ids(const char* name) {
    RADDLE_ASSIGN_OR_RETURN(const Json json, object(name));
    for (Wanted& wanted : wanted_) {
      if (!json.is_object() || !json.contains(wanted.id_key)) continue;
      const Json& value = json[wanted.id_key];
      const std::vector<Json> ids =
          value.is_array() ? value.get<std::vector<Json>>() : std::vector<Json>{value};
      for (const Json& id : ids) {
        // Defaults of a model's class are often left over: the id of an ordinary token ends
        // nothing.
        if (!is_added(id)) continue;
        settle(wanted, id.get<int32_t>());
        if (wanted.place == &special().eos) special().stops.push_back(id.get<int32_t>());
      }
    }
    return Status::ok();
  }

  bool is_added(const Json& id) const {
    return std::any_of(spec_.added.begin(), spec_.added.end(),
                       [&](const AddedToken& token) { return id == token.id; });
  }

  void guess() {
    for (Wanted& wanted : wanted_) {
      for (const std::string_view name : wanted.names) {
        for (const AddedToken& token : spec_.added) {
          if (token.content == name) settle(wanted, token.id);
        }
      }
    }
  }

  Status read_flags() {
    RADDLE_ASSIGN_OR_RETURN(const Json json, object("tokenizer_config.json"));
    if (!json.is_object()) return Status::ok();
    const Json add_bos = json.value("add_bos_token", Json());
    if (add_bos.is_boolean() && obeys_add_bos(json, add_bos == true)) {
      special().add_bos = add_bos == true;
      if (!special().add_bos) special().begin.clear();
      if (special().add_bos && !special().bos && special().begin.empty()) {
        return data_loss(
            "{}/tokenizer_config.json: add_bos_token is true, but no bos_token is named; name one "
            "that the tokenizer.json has",
            where_);
      }
    }
    const std::string kind = class_of(json);
    if (is_of(kind, std::span(kObeying).first(kWithBos)) && !json.contains("add_bos_token") &&
        special().bos && special().begin.empty()) {
      log_warning(
          "{}/tokenizer_config.json: tokenizer_class {} without add_bos_token; transformers 4 puts "
          "bos_token before each text then, and here none is put there, as in transformers 5. Say "
          "add_bos_token = true or false",
          where_, kind);
    }
    // Documents end with a token whatever it says, and prompts with none: it is only carried.
    if (json.contains("add_eos_token") && json["add_eos_token"].is_boolean()) {
      special().add_eos = is_true(json, "add_eos_token");
      if (special().add_eos == true && !special().eos && from_ == FilesFrom::kAnyTool) {
        log_warning(
            "{}/tokenizer_config.json: add_eos_token is true, but no eos_token is named, so "
            "documents end with none; name one that the tokenizer.json has",
            where_);
      }
    }
    return Status::ok();
  }

  // Whether add_bos_token decides what begins a text, or the tokenizer.json. Where the two differ,
  // that is said. transformers 5.24 goes by the tokenizer.json alone, where there is one.
  // transformers 4.57 obeys the word for the classes below, and those are followed: the word is
  // what their texts began with when it was written. For every other class neither release obeys
  // it. Without a class nobody can tell, and a plain word is obeyed.
  bool obeys_add_bos(const Json& config, bool add_bos) const {
    const bool is_older = files_.count("vocab.json") != 0;  // it is obeyed there, in 5.24 for all
    if (from_ == FilesFrom::kRun || is_older || add_bos != spec_.special.begin.empty()) return true;
    if (add_bos && !spec_.special.bos) return true;  // an error, then
    const std::string kind = class_of(config);
    const bool obeys = kind.empty() || is_of(kind, kObeying);
    log_warning(
        "{}/tokenizer_config.json: add_bos_token is {}, but the tokenizer.json's post_processor "
        "puts {} before a text. {} If that is not what the model was trained with, change the one "
        "or the other",
        where_, add_bos, add_bos ? "nothing" : "a token",
        !obeys ? fmt::format("It is passed over, as by transformers for {}.", kind)
        : kind.empty()
            ? "It is obeyed, as no tokenizer_class is named; transformers 5 passes it over."
            : fmt::format(
                  "It is obeyed, as by transformers 4 for {}; transformers 5 passes it over.",
                  kind));
    return obeys;
  }

  Status carry() {
    RADDLE_ASSIGN_OR_RETURN(const Json config, object("tokenizer_config.json"));
    RADDLE_ASSIGN_OR_RETURN(const Json map, object("special_tokens_map.json"));
    Json kept = Json::object();
    for (const char* key : kCarried) {
      for (const Json* from : {&config, &map}) {
        if (kept.contains(key) || !from->is_object() || !from->contains(key)) continue;
        if (!(*from)[key].is_null()) kept[key] = (*from)[key];
      }
    }
    // A number that no JSON writer keeps as it is, 1e30, says that there is no limit.
    const auto length = kept.find("model_max_length");
    if (length != kept.end() && length->is_number_float()) kept.erase(length);
    const auto jinja = files_.find("chat_template.jinja");
    if (jinja != files_.end()) kept["chat_template"] = jinja->second;
    if (!kept.empty()) spec_.carried = json_text(kept);
    return Status::ok();
  }

  static void settle(Wanted& wanted, std::optional<int32_t> id) {
    if (wanted.settled || !id) return;
    *wanted.place = id;
    wanted.settled = true;
  }

  const TokenizerFiles& files_;
  const std::string where_;
  const FilesFrom from_;
  BpeSpec& spec_;
  std::array<Wanted, 3> wanted_ = {
      Wanted{"bos_token",
             "bos_token_id",
             {"<|begin_of_text|>", "<s>", "<bos>", "[BOS]", "<|bos|>", "<|startoftext|>"},
             &spec_.special.bos},
      Wanted{
          "eos_token",
          "eos_token_id",
          {"<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "[EOS]", "<|eos|>", "<|im_end|>"},
          &spec_.special.eos},
      Wanted{"pad_token", "pad_token_id", {"<|pad|>", "<pad>", "[PAD]"}, &spec_.special.pad}};
};

}  // namespace

Status find_special_tokens(const TokenizerFiles& files, const std::string& where, FilesFrom from,
                           BpeSpec& spec) {
  return Finder(files, where, from, spec).find();
}

void complete_special_tokens(SpecialTokens& special) {
  if (special.begin.empty() && special.add_bos && special.bos) special.begin = {*special.bos};
  if (special.end.empty() && special.eos) special.end = {*special.eos};
  if (!special.bos && !special.begin.empty()) special.bos = special.begin.front();
  if (!special.eos && !special.end.empty()) special.eos = special.end.back();
  special.add_bos = !special.begin.empty();
  if (special.eos) special.stops.push_back(*special.eos);
  if (!special.end.empty()) special.stops.push_back(special.end.back());
  std::sort(special.stops.begin(), special.stops.end());
  special.stops.erase(std::unique(special.stops.begin(), special.stops.end()), special.stops.end());
}

nlohmann::ordered_json carried_keys(const Tokenizer& tokenizer) {
  const std::string text = carried_config(tokenizer);
  return text.empty() ? nlohmann::ordered_json::object() : ordered_json_from(text);
}

TokenizerFiles special_token_files(const Tokenizer& tokenizer) {
  const SpecialTokens& special = tokenizer.special();
  nlohmann::ordered_json config;
  config["tokenizer_class"] = "PreTrainedTokenizerFast";
  config["clean_up_tokenization_spaces"] = false;
  config["add_bos_token"] = special.add_bos;
  if (special.add_eos) config["add_eos_token"] = *special.add_eos;
  // A null says that there is none, so that nobody looks for one by its name.
  const auto put = [&](const char* key, std::optional<int32_t> id) {
    config[key] = nullptr;
    if (id) config[key] = tokenizer.spelling(*id);
  };
  put("bos_token", special.bos);
  put("eos_token", special.eos);
  put("pad_token", special.pad);
  config.update(carried_keys(tokenizer));
  TokenizerFiles files;
  files["tokenizer_config.json"] = json_text(config, 2) + "\n";
  if (special.stops.size() > 1) {
    files["generation_config.json"] =
        json_text(nlohmann::ordered_json{{"eos_token_id", special.stops}}, 2) + "\n";
  }
  return files;
}

}  // namespace raddle::data
