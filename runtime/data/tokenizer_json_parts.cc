// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenizer_json_parts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/log.h"
#include "runtime/base/json_depth.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/tokenizer_json.h"

namespace raddle::data {
namespace {

using Json = nlohmann::json;

std::string type_of(const Json& value) {
  const bool typed = value.is_object() && value.contains("type") && value["type"].is_string();
  return typed ? value["type"].get<std::string>() : std::string();
}

// The parts of a "Sequence" under `key`, or the value alone.
std::vector<Json> parts_of(const Json& value, const char* key) {
  if (type_of(value) != "Sequence") return {value};
  const Json parts = value.value(key, Json::array());
  return parts.is_array() ? parts.get<std::vector<Json>>() : std::vector<Json>{parts};
}

Status read_split(const Json& part, const std::string& file, std::vector<std::string>& patterns) {
  const Json pattern = part.value("pattern", Json());
  if (!pattern.is_object() || !pattern.contains("Regex") || !pattern["Regex"].is_string()) {
    return unimplemented("{}: pre_tokenizer Split has pattern {}; only a Regex is read", file,
                         shown(pattern));
  }
  if (part.value("behavior", Json()) != "Isolated" || is_true(part, "invert")) {
    return unimplemented(
        "{}: pre_tokenizer Split has behavior {} and invert {}; only Isolated without "
        "invert is read",
        file, shown(part.value("behavior", Json())), shown(part.value("invert", Json())));
  }
  patterns.push_back(pattern["Regex"].get<std::string>());
  return Status::ok();
}

std::optional<int32_t> find_added(const BpeSpec& spec, std::string_view content) {
  for (const AddedToken& token : spec.added) {
    if (token.content == content) return token.id;
  }
  return std::nullopt;
}

Status read_template(const Json& part, const std::string& file, BpeSpec& spec) {
  const Json single = part.value("single", Json());
  const bool leads = single.is_array() && !single.empty() && single[0].is_object() &&
                     single[0].contains("SpecialToken") && single[0]["SpecialToken"].is_object();
  if (!leads) return Status::ok();
  const Json token = single[0]["SpecialToken"].value("id", Json());
  const auto id = token.is_string() ? find_added(spec, token.get<std::string>()) : std::nullopt;
  if (!id) {
    return data_loss(
        "{}: post_processor puts token {} before a text, but added_tokens does not have it", file,
        shown(token));
  }
  spec.special.bos = id;
  spec.special.add_bos = true;
  log_info(
      "{}: the post-processor begins texts with {}; tokenizing does so for every document, "
      "encoding a prompt does not",
      file, shown(token));
  return Status::ok();
}

}  // namespace

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return text;
}

bool is_true(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

Status check_normalizer(const Json& normalizer, const std::string& file) {
  if (normalizer.is_null()) return Status::ok();
  return unimplemented(
      "{}: normalizer {} is not supported; only tokenizers that leave text as it is are "
      "read",
      file, shown(normalizer));
}

Status read_pre_tokenizer(const Json& pre_tokenizer, const std::string& file,
                          std::vector<std::string>& patterns) {
  bool byte_level = false;
  for (const Json& part : parts_of(pre_tokenizer, "pretokenizers")) {
    const std::string type = type_of(part);
    if (byte_level) {
      return unimplemented("{}: pre_tokenizer {} comes after ByteLevel; expected ByteLevel last",
                           file, shown(part));
    }
    if (type == "Split") {
      RADDLE_RETURN_IF_ERROR(read_split(part, file, patterns));
    } else if (type == "Digits") {
      patterns.push_back(is_true(part, "individual_digits") ? "\\p{N}" : "\\p{N}+");
    } else if (type == "ByteLevel") {
      byte_level = true;
      if (is_true(part, "add_prefix_space")) {
        return unimplemented(
            "{}: pre_tokenizer ByteLevel has add_prefix_space set; only tokenizers "
            "without it are read",
            file);
      }
      // Absent means true: files older than the setting.
      if (!part.contains("use_regex") || is_true(part, "use_regex")) {
        patterns.emplace_back(kGpt2Pattern);
      }
    } else {
      return unimplemented(
          "{}: pre_tokenizer {} is not supported; only Split, Digits and ByteLevel are "
          "read",
          file, shown(part));
    }
  }
  if (!byte_level) {
    return unimplemented("{}: pre_tokenizer has no ByteLevel; only byte-level tokenizers are read",
                         file);
  }
  return Status::ok();
}

Status check_decoder(const Json& decoder, const std::string& file) {
  for (const Json& part : parts_of(decoder, "decoders")) {
    if (type_of(part) != "ByteLevel") {
      return unimplemented("{}: decoder {} is not supported; only ByteLevel is read", file,
                           shown(part));
    }
  }
  return Status::ok();
}

Status read_post_processor(const Json& processor, const std::string& file, BpeSpec& spec) {
  if (processor.is_null()) return Status::ok();
  for (const Json& part : parts_of(processor, "processors")) {
    const std::string type = type_of(part);
    if (type == "ByteLevel") continue;  // touches offsets, not ids
    if (type != "TemplateProcessing") {
      return unimplemented(
          "{}: post_processor {} is not supported; only ByteLevel and "
          "TemplateProcessing are read",
          file, shown(part));
    }
    RADDLE_RETURN_IF_ERROR(read_template(part, file, spec));
  }
  return Status::ok();
}

void guess_special_tokens(BpeSpec& spec) {
  const auto first = [&](std::optional<int32_t>& place,
                         std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      if (!place) place = find_added(spec, name);
    }
  };
  first(spec.special.bos, {"<|begin_of_text|>", "<s>", "<bos>"});
  first(spec.special.eos, {"<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>"});
  first(spec.special.pad, {"<|pad|>", "<pad>"});
}

Status apply_tokenizer_config(std::string_view text, const std::string& file, BpeSpec& spec) {
  const Json json = json_too_deep(text) ? Json() : Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return data_loss("{}: not a JSON object; expected a Hugging Face tokenizer_config.json", file);
  }
  const auto read = [&](const char* key, std::optional<int32_t>& place) {
    Json value = json.value(key, Json());
    if (value.is_object()) value = Json(value.value("content", Json()));
    if (value.is_null()) return Status::ok();
    const auto id = value.is_string() ? find_added(spec, value.get<std::string>()) : std::nullopt;
    if (!id) {
      return data_loss("{}: {} is {}, which is not among the added_tokens of the tokenizer.json",
                       file, key, shown(value));
    }
    place = id;
    return Status::ok();
  };
  RADDLE_RETURN_IF_ERROR(read("bos_token", spec.special.bos));
  RADDLE_RETURN_IF_ERROR(read("eos_token", spec.special.eos));
  RADDLE_RETURN_IF_ERROR(read("pad_token", spec.special.pad));
  if (json.contains("add_bos_token")) {
    spec.special.add_bos = is_true(json, "add_bos_token") && spec.special.bos.has_value();
  }
  return Status::ok();
}

}  // namespace raddle::data
