// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenizer_export.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace raddle::data {
namespace {

using Json = nlohmann::ordered_json;

std::string spelling(const Tokenizer& tokenizer, int32_t id) {
  return std::string(tokenizer.token_bytes(id));
}

// What documents begin with.
std::vector<int32_t> beginning(const SpecialTokens& special) {
  if (!special.add_bos || !special.bos) return {};
  return {*special.bos};
}

// The names of the special tokens that a TemplateProcessing puts before and after a single text.
using Around = std::pair<std::vector<std::string>, std::vector<std::string>>;
Around around_text(const Json& processor) {
  Around around;
  bool after = false;
  for (const Json& piece : processor.value("single", Json::array())) {
    if (piece.contains("Sequence")) after = true;
    if (!piece.contains("SpecialToken")) continue;
    (after ? around.second : around.first)
        .push_back(piece["SpecialToken"].value("id", std::string()));
  }
  return around;
}

Json special_piece(const std::string& name, int type) {
  return {{"SpecialToken", {{"id", name}, {"type_id", type}}}};
}

// `first` and `last` are the names around each text; all of them are in `ids`.
Json template_of(const Around& around, const Json& ids) {
  Json single = Json::array(), pair = Json::array();
  const auto add = [&](Json& to, const char* sequence, int type) {
    for (const std::string& name : around.first) to.push_back(special_piece(name, type));
    to.push_back({{"Sequence", {{"id", sequence}, {"type_id", type}}}});
    for (const std::string& name : around.second) to.push_back(special_piece(name, type));
  };
  add(single, "A", 0);
  add(pair, "A", 0);
  add(pair, "B", 1);
  return {
      {"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", ids}};
}

bool is_template(const Json& processor) {
  return processor.is_object() && processor.value("type", "") == "TemplateProcessing";
}

// The steps of a post-processor.
Json steps_of(const Json& processor) {
  if (processor.is_null()) return Json::array();
  const bool sequence = processor.value("type", "") == "Sequence";
  return sequence ? processor.value("processors", Json::array()) : Json::array({processor});
}

// AutoTokenizer takes what begins a text from the post-processor alone: add_bos_token does nothing
// there. So the post-processor says what this tokenizer does, and keeps what else it did.
void put_beginning(const Tokenizer& tokenizer, Json* json) {
  Around around;
  Json ids = Json::object(), rest = Json::array();
  for (const Json& step : steps_of(json->value("post_processor", Json()))) {
    if (!is_template(step)) {
      rest.push_back(step);
      continue;
    }
    around = around_text(step);
    ids = step.value("special_tokens", Json::object());
  }
  std::vector<std::string> first;
  for (const int32_t id : beginning(tokenizer.special())) {
    first.push_back(spelling(tokenizer, id));
    const std::string& name = first.back();
    ids[name] = {{"id", name}, {"ids", {id}}, {"tokens", {name}}};
  }
  if (first == around.first) return;
  around.first = std::move(first);
  if (!around.first.empty() || !around.second.empty()) rest.push_back(template_of(around, ids));
  Json& out = (*json)["post_processor"];
  if (rest.size() < 2) {
    out = rest.empty() ? Json() : Json(rest.front());
  } else {
    out = {{"type", "Sequence"}, {"processors", rest}};
  }
}

}  // namespace

StatusOr<TokenizerExport> export_tokenizer(const Tokenizer& tokenizer) {
  Json json = Json::parse(tokenizer.to_json(), nullptr, false);
  if (!json.is_object()) return internal_error("the tokenizer's own JSON does not parse");
  put_beginning(tokenizer, &json);
  const SpecialTokens& special = tokenizer.special();
  Json map = Json::object(), config;
  // This class takes tokenizer.json as it is, in transformers 4 and 5.
  config["tokenizer_class"] = "PreTrainedTokenizerFast";
  config["clean_up_tokenization_spaces"] = false;
  config["add_bos_token"] = !beginning(special).empty();
  for (const auto& [key, id] : {std::pair{"bos_token", special.bos},
                                {"eos_token", special.eos},
                                {"pad_token", special.pad}}) {
    config[key] = nullptr;
    if (id) config[key] = map[key] = spelling(tokenizer, *id);
  }
  const auto text = [](const Json& value) {
    return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  };
  return TokenizerExport{text(json), text(config), text(map)};
}

}  // namespace raddle::data
