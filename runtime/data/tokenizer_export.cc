// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenizer_export.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/data/special_tokens.h"
#include "runtime/data/tokenizer_json.h"

namespace raddle::data {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson special_piece(const std::string& name, int type) {
  return {{"SpecialToken", {{"id", name}, {"type_id", type}}}};
}

// Puts `begin` before each text and `end` after it.
OrderedJson template_of(const Tokenizer& tokenizer, const std::vector<int32_t>& begin,
                        const std::vector<int32_t>& end) {
  OrderedJson single = OrderedJson::array(), pair = OrderedJson::array(),
              known = OrderedJson::object();
  const auto add_ids = [&](OrderedJson& to, const std::vector<int32_t>& ids, int type) {
    for (const int32_t id : ids) {
      const std::string name = tokenizer.spelling(id);
      known[name] = {{"id", name}, {"ids", {id}}, {"tokens", {name}}};
      to.push_back(special_piece(name, type));
    }
  };
  const auto add = [&](OrderedJson& to, const char* sequence, int type) {
    add_ids(to, begin, type);
    to.push_back({{"Sequence", {{"id", sequence}, {"type_id", type}}}});
    add_ids(to, end, type);
  };
  add(single, "A", 0);
  add(pair, "A", 0);
  add(pair, "B", 1);
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"pair", pair},
          {"special_tokens", known}};
}

// The steps of a post-processor that put nothing around a text.
OrderedJson other_steps(const OrderedJson& processor) {
  OrderedJson steps = OrderedJson::array();
  if (!processor.is_object()) return steps;
  const bool sequence = processor.value("type", "") == "Sequence";
  const OrderedJson all = sequence ? processor.value("processors", OrderedJson::array())
                                   : OrderedJson::array({processor});
  for (const OrderedJson& step : all) {
    if (step.is_object() && step.value("type", "") == "ByteLevel") steps.push_back(step);
  }
  return steps;
}

std::string text_of(const OrderedJson& value) { return json_text(value, 2) + "\n"; }

// AutoTokenizer takes what begins a text from the post-processor alone: add_bos_token does nothing
// there. So the post-processor says what this tokenizer does, and keeps what else it did. A file
// that says it already stays as it is.
std::string with_beginning(const Tokenizer& tokenizer, const BpeSpec& own) {
  std::string text = tokenizer.to_json();
  const std::vector<int32_t>& begin = tokenizer.special().begin;
  if (own.special.begin == begin) return text;
  // Not in the order of its keys, which costs the square of a vocabulary.
  nlohmann::json json = json_from(text);
  const std::vector<int32_t>& end = own.special.end;
  OrderedJson steps = other_steps(OrderedJson(json.value("post_processor", nlohmann::json())));
  if (!begin.empty() || !end.empty()) steps.push_back(template_of(tokenizer, begin, end));
  nlohmann::json& out = json["post_processor"];
  if (steps.size() < 2) {
    out = steps.empty() ? nlohmann::json() : nlohmann::json(steps.front());
  } else {
    out = {{"type", "Sequence"}, {"processors", nlohmann::json(steps)}};
  }
  return json_text(json, 2) + "\n";
}

}  // namespace

StatusOr<TokenizerExport> export_tokenizer(const Tokenizer& tokenizer) {
  RADDLE_ASSIGN_OR_RETURN(const BpeSpec own,
                          tokenizer_from_json(tokenizer.to_json(), "the tokenizer's own JSON"));
  std::string json = with_beginning(tokenizer, own);
  const SpecialTokens& special = tokenizer.special();
  OrderedJson map = OrderedJson::object(), config;
  // This class takes tokenizer.json as it is, in transformers 4 and 5.
  config["tokenizer_class"] = "PreTrainedTokenizerFast";
  config["clean_up_tokenization_spaces"] = false;
  config["add_bos_token"] = !special.begin.empty();
  // transformers 4 takes it for false where it is absent, whatever the tokenizer.json says.
  if (own.prefix_space) config["add_prefix_space"] = true;
  for (const auto& [key, id] : {std::pair{"bos_token", special.bos},
                                {"eos_token", special.eos},
                                {"pad_token", special.pad}}) {
    config[key] = nullptr;
    if (id) config[key] = map[key] = tokenizer.spelling(*id);
  }
  config.update(carried_keys(tokenizer));
  return TokenizerExport{std::move(json), text_of(config), text_of(map)};
}

}  // namespace raddle::data
