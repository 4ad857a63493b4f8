// SPDX-License-Identifier: Apache-2.0
// Qwen3: as Llama, with a norm of each query's and key's head.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/models/families/families.h"
#include "runtime/models/families/rotary.h"
#include "runtime/models/hf_config_reader.h"
#include "runtime/models/hf_tensor_list.h"
#include "runtime/models/model_config.h"

namespace raddle::models {
namespace {

void read_qwen3_config(HfConfigReader& in, ModelConfig* model) {
  read_rotary_shape(in, model);
  model->head_dim = in.integer("head_dim", 128);
  read_rotary_rest(in, model);
  // Qwen's files name a window beside the flag that turns it on.
  refuse_window(in, *model, in.boolean("use_sliding_window", false), "use_sliding_window is true");
}

void write_qwen3_config(const ModelConfig& model, nlohmann::ordered_json* out) {
  write_rotary_config(model, out);
  nlohmann::ordered_json& json = *out;
  json["use_sliding_window"] = false;
  json["sliding_window"] = nullptr;
  json["max_window_layers"] = model.layers;
  json["layer_types"] =
      std::vector<std::string>(static_cast<size_t>(model.layers), "full_attention");
}

void list_qwen3_tensors(const ModelConfig& model, HfTensorList* list) {
  list_rotary_tensors(model, list, [&](const std::string& hf, const std::string& own) {
    list->vector(hf + "q_norm.weight", own + ".q_norm.weight", model.head_dim);
    list->vector(hf + "k_norm.weight", own + ".k_norm.weight", model.head_dim);
  });
}

}  // namespace

const Family kQwen3 = {.name = "qwen3",
                       .architecture = "Qwen3ForCausalLM",
                       .head_norm = true,
                       .read_config = read_qwen3_config,
                       .write_config = write_qwen3_config,
                       .list_tensors = list_qwen3_tensors};

}  // namespace raddle::models
