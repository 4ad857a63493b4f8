// SPDX-License-Identifier: Apache-2.0
// Llama: rotary positions, RMS norm, SwiGLU, grouped-query heads.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runtime/models/families/families.h"
#include "runtime/models/families/rotary.h"
#include "runtime/models/hf_config_reader.h"
#include "runtime/models/hf_tensor_list.h"
#include "runtime/models/model_config.h"

namespace raddle::models {
namespace {

// The width of a head: its share of the model's unless the file says.
int64_t read_head_dim(HfConfigReader& in, const ModelConfig& model) {
  if (in.has("head_dim") || model.heads < 1) return in.integer("head_dim", 128);
  if (model.width % model.heads != 0) {
    in.fail(
        invalid_argument("hidden_size is {}, which is no multiple of num_attention_heads = {}, "
                         "and there is no head_dim; add the one of the weights",
                         model.width, model.heads));
  }
  return model.width / model.heads;
}

void read_llama_config(HfConfigReader& in, ModelConfig* model) {
  read_rotary_shape(in, model);
  model->head_dim = read_head_dim(in, *model);
  read_rotary_rest(in, model);
  // A window needs no flag here, as it does in Qwen's files.
  const bool used = in.boolean("use_sliding_window", in.has("sliding_window"));
  refuse_window(in, *model, used, "sliding_window is set");
}

void write_llama_config(const ModelConfig& model, nlohmann::ordered_json* out) {
  write_rotary_config(model, out);
  (*out)["mlp_bias"] = false;
}

void list_llama_tensors(const ModelConfig& model, HfTensorList* list) {
  list_rotary_tensors(model, list, [](const std::string&, const std::string&) {});
}

std::string export_warning(const ModelConfig& model) {
  if (model.width % model.heads == 0) return "";
  return fmt::format(
      "transformers 5 refuses a Llama whose hidden_size ({}) is no multiple of its {} heads; "
      "transformers 4 loads it",
      model.width, model.heads);
}

}  // namespace

const Family kLlama = {.name = "llama",
                       .architecture = "LlamaForCausalLM",
                       .read_config = read_llama_config,
                       .write_config = write_llama_config,
                       .list_tensors = list_llama_tensors,
                       .export_warning = export_warning};

}  // namespace raddle::models
