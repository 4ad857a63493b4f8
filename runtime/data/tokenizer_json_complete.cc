// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenizer_json_complete.h"

#include <nlohmann/json.hpp>
#include <string>

namespace raddle::data {
namespace {

using Json = nlohmann::json;

class Completer {
 public:
  explicit Completer(Json& json) : json_(json) {}

  bool complete() {
    if (!json_.contains("added_tokens")) json_["added_tokens"] = Json::array();
    for (Json& token : json_["added_tokens"]) {
      for (const char* flag : {"single_word", "lstrip", "rstrip", "normalized", "special"}) {
        put(token, flag, false);
      }
    }
    complete_part("pre_tokenizer", "pretokenizers");
    complete_part("decoder", "decoders");
    complete_part("post_processor", "processors");
    return changed_;
  }

 private:
  void put(Json& object, const char* key, Json value) {
    if (!object.is_object() || object.contains(key)) return;
    object[key] = std::move(value);
    changed_ = true;
  }

  void complete_part(const char* key, const char* list) {
    const auto part = json_.find(key);
    if (part != json_.end()) complete_part(*part, list);
  }

  // The depth of this recursion is that of the JSON, which is limited.
  void complete_part(Json& part, const char* list) {
    if (!part.is_object()) return;
    const Json type = part.value("type", Json());
    if (type == "Sequence") {
      put(part, list, Json::array());
      for (Json& inner : part[list]) complete_part(inner, list);
    } else if (type == "ByteLevel") {
      put(part, "add_prefix_space", false);
      put(part, "trim_offsets", true);
      put(part, "use_regex", true);
    } else if (type == "Split") {
      put(part, "invert", false);
    } else if (type == "Digits") {
      put(part, "individual_digits", false);
    } else if (type == "RobertaProcessing") {
      put(part, "add_prefix_space", true);
      put(part, "trim_offsets", true);
    } else if (type == "TemplateProcessing") {
      complete_template(part);
    }
  }

  void complete_template(Json& part) {
    const Json single = part.value("single", Json::array());
    Json pair = single, known = Json::object();
    pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 1}}}});
    put(part, "pair", std::move(pair));
    for (const Json& piece : single) {
      const Json token = piece.is_object() ? piece.value("SpecialToken", Json()) : Json();
      const Json name = token.is_object() ? token.value("id", Json()) : Json();
      for (const Json& added : json_["added_tokens"]) {
        if (!name.is_string() || added["content"] != name) continue;
        known[name.get<std::string>()] = {
            {"id", name}, {"ids", Json::array({added["id"]})}, {"tokens", Json::array({name})}};
      }
    }
    put(part, "special_tokens", std::move(known));
  }

  Json& json_;
  bool changed_ = false;
};

}  // namespace

bool complete_tokenizer_json(Json& json) { return Completer(json).complete(); }

}  // namespace raddle::data
