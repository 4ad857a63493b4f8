// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/file_kind.h"
#include "runtime/base/json.h"
#include "runtime/base/log.h"
#include "runtime/models/hf_config.h"
#include "runtime/models/hf_config_keys.h"
#include "runtime/models/hf_config_reader.h"

namespace raddle::models {
namespace {

using Json = nlohmann::json;
using Reader = HfConfigReader;

// The value of an enum whose names stand in its order.
template <class Enum>
Enum choice(Reader& in, std::string_view key, std::initializer_list<std::string_view> names,
            Enum otherwise) {
  const auto* fallback = names.begin() + static_cast<size_t>(otherwise);
  const std::string name = in.text(key, *fallback);
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<Enum>(found - names.begin());
  in.fail(invalid_argument("{}: {} is {}, expected one of {}", in.where(), key, name,
                           fmt::join(names, ", ")));
  return otherwise;
}

void read_virtual_width(Reader& in, ModelConfig* model) {
  const Json* found = in.object("virtual_width");
  if (found == nullptr) {
    return in.fail(invalid_argument("{}: virtual_width is missing", in.where()));
  }
  Reader inside(*found, in.where());
  VirtualWidth& v = model->virtual_width;
  v.m = inside.integer("m");
  v.n = inside.integer("n");
  v.dynamic = inside.boolean("dynamic", true);
  // What files of before there was a choice do not say is what they were trained with.
  v.embedding = choice(inside, "embedding", {"copy", "expand", "table"}, WideEmbedding::kExpand);
  v.reduce = choice(inside, "reduce", {"mean", "learned"}, WideReduce::kLearned);
  v.group_norm = choice(inside, "group_norm", {"auto", "none", "layer", "rms"}, GroupNorm::kAuto);
  if (inside.status().is_ok() && v.m < 1) {
    inside.fail(invalid_argument("{}: m is {}, expected at least 1", in.where(), v.m));
  }
  inside.finish();
  if (!inside.status().is_ok()) in.fail(Status(inside.status()).with_context("virtual_width"));
}

// One token, or the first that the vocabulary has of a list; -1 where there is none. Ids beyond the
// vocabulary are defaults of the model's class that nobody changed: no token has them.
int32_t read_token_id(Reader& in, std::string_view key, int64_t vocab_size,
                      std::vector<std::string>* ignored) {
  const Json* found = in.value(key);
  if (found == nullptr) return -1;
  bool beyond = false;
  for (const Json& id : found->is_array() ? *found : Json::array({*found})) {
    if (!id.is_number_integer()) {
      in.fail(invalid_argument("{} is {}, expected a token id", key, json_shown(*found)));
      return -1;
    }
    if (id >= 0 && id < vocab_size) return static_cast<int32_t>(id.get<int64_t>());
    beyond = beyond || id >= 0;
  }
  if (beyond) ignored->push_back(fmt::format("{} {}", key, json_shown(*found)));
  return -1;
}

void read_token_ids(Reader& in, ModelConfig* model) {
  std::vector<std::string> ignored;
  model->bos_id = read_token_id(in, "bos_token_id", model->vocab_size, &ignored);
  model->eos_id = read_token_id(in, "eos_token_id", model->vocab_size, &ignored);
  model->pad_id = read_token_id(in, "pad_token_id", model->vocab_size, &ignored);
  if (ignored.empty()) return;
  log_warning("{}: ignored, because vocab_size is {}: {}", in.where(), model->vocab_size,
              fmt::join(ignored, ", "));
}

// What is trained with dropout is loaded, and said once.
void read_dropouts(Reader& in, const Json& json) {
  std::vector<std::string> rates;
  for (const auto& [key, found] : json.items()) {
    if (!is_dropout_hf_key(key) || is_inert_hf_key(key)) continue;
    in.value(key);
    const bool off = found.is_null() || found == 0 || found == false;
    if (!off) rates.push_back(fmt::format("{} = {}", key, json_shown(found)));
  }
  if (rates.empty()) return;
  log_warning("{}: Raddle trains without dropout, whatever is asked for ({})", in.where(),
              fmt::join(rates, ", "));
}

void read_shared(Reader& in, const Json& json, ModelConfig* model) {
  model->vocab_size = in.integer("vocab_size");
  model->init_std = in.real("initializer_range", 0.02);
  read_token_ids(in, model);
  read_dropouts(in, json);
  in.require(hf_off_rules());
  for (const auto& [key, found] : json.items()) {
    if (is_inert_hf_key(key)) in.value(key);
  }
}

// Sets the family and tells whether the model has virtual width.
StatusOr<bool> read_model_type(Reader& in, ModelConfig* model) {
  std::string type = in.text("model_type", "");
  RADDLE_RETURN_IF_ERROR(in.status());
  const bool wide = type.starts_with("raddle_vw_");
  if (wide) type = type.substr(10);
  const Family* family = find_family(type);
  if (family == nullptr) {
    return unimplemented("{}: model_type is \"{}\"; Raddle has {}, each also as raddle_vw_...",
                         in.where(), in.text("model_type", ""), family_names());
  }
  model->family = family;
  return wide;
}

}  // namespace

StatusOr<ModelConfig> parse_hf_config(std::string_view text, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const Json json, read_json(text, where));
  if (!json.is_object()) return invalid_argument("{} does not hold a JSON object", where);
  Reader in(json, where);
  ModelConfig model;
  RADDLE_ASSIGN_OR_RETURN(const bool wide, read_model_type(in, &model));
  read_shared(in, json, &model);
  model.family->read_config(in, &model);
  if (wide) read_virtual_width(in, &model);
  in.finish();
  RADDLE_RETURN_IF_ERROR(in.status());
  Status valid = validate(model);
  if (!valid.is_ok()) return std::move(valid).with_context(where);
  return model;
}

}  // namespace raddle::models
