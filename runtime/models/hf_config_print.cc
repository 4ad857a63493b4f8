// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "runtime/models/hf_config.h"

#include "runtime/base/json.h"

namespace raddle::models {
namespace {

using OrderedJson = nlohmann::ordered_json;

// The first release of transformers that has all three families; readers use it for messages only.
constexpr const char* kTransformersVersion = "4.51.0";

OrderedJson token_id(int32_t id) { return id < 0 ? OrderedJson(nullptr) : OrderedJson(id); }

OrderedJson virtual_width_json(const ModelConfig& model) {
  const VirtualWidth& v = model.virtual_width;
  const GroupNorm norm = model.resolved_group_norm();
  return {{"m", v.m},
          {"n", v.n},
          {"dynamic", v.dynamic},
          {"embedding", embedding_name(v.embedding)},
          {"reduce", reduce_name(v.reduce)},
          {"group_norm", norm == GroupNorm::kLayer ? "layer"
                         : norm == GroupNorm::kRms ? "rms"
                                                   : "none"}};
}

void add_token_ids(const ModelConfig& model, OrderedJson* json) {
  (*json)["bos_token_id"] = token_id(model.bos_id);
  (*json)["eos_token_id"] = token_id(model.eos_id);
  (*json)["pad_token_id"] = token_id(model.pad_id);
}

}  // namespace

std::string to_hf_config(const ModelConfig& model) {
  RADDLE_ASSERT(validate(model).is_ok());
  const bool wide = model.virtual_width.enabled();
  const Family& family = *model.family;
  OrderedJson json;
  json["architectures"] = {
      fmt::format("{}{}", wide ? "RaddleVirtualWidth" : "", family.architecture)};
  json["model_type"] = fmt::format("{}{}", wide ? "raddle_vw_" : "", family.name);
  json["vocab_size"] = model.vocab_size;
  family.write_config(model, &json);
  if (wide) json["virtual_width"] = virtual_width_json(model);
  json["tie_word_embeddings"] = model.tie_embeddings;
  json["use_cache"] = true;
  add_token_ids(model, &json);
  json["torch_dtype"] = "float32";  // the older spelling of "dtype"
  json["dtype"] = "float32";
  json["transformers_version"] = kTransformersVersion;
  return json_text(json, 2) + "\n";
}

std::string to_hf_generation_config(const ModelConfig& model, std::span<const int32_t> stops) {
  std::vector<int32_t> ends;
  const auto add = [&](int32_t id) {
    const bool known = std::find(ends.begin(), ends.end(), id) != ends.end();
    if (id >= 0 && id < model.vocab_size && !known) ends.push_back(id);
  };
  add(model.eos_id);
  for (const int32_t id : stops) add(id);
  OrderedJson json;
  json["_from_model_config"] = true;
  add_token_ids(model, &json);
  if (!ends.empty())
    json["eos_token_id"] = ends.size() == 1 ? OrderedJson(ends.front()) : OrderedJson(ends);
  json["transformers_version"] = kTransformersVersion;
  return json_text(json, 2) + "\n";
}

}  // namespace raddle::models
