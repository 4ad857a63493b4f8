// SPDX-License-Identifier: Apache-2.0
// A model family: what its blocks are made of, and how its Hugging Face files spell it. Each is a
// file in families/ and a line in families/families.cc; nothing else asks for a family by name.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace raddle::models {

struct ModelConfig;
class HfConfigReader;
class HfTensorList;

struct Family {
  std::string_view name;          // of model.family, and of model_type in config.json
  std::string_view architecture;  // in config.json

  // What the blocks are made of.
  bool layer_norm = false;           // with a bias; RMS norm otherwise
  bool biases = false;               // of the matrices
  bool rotary = true;                // positions; a table that is learned otherwise
  bool gated = true;                 // SwiGLU; GELU otherwise
  bool head_norm = false;            // of queries and keys, head by head
  bool free_heads = true;            // of any width, and in groups; a share of the width otherwise
  bool small_residual_init = false;  // of the projections that end a sublayer

  // config.json without what all families have, read and written.
  void (*read_config)(HfConfigReader& in, ModelConfig* model) = nullptr;
  void (*write_config)(const ModelConfig& model, nlohmann::ordered_json* out) = nullptr;
  void (*list_tensors)(const ModelConfig& model, HfTensorList* list) = nullptr;
  // What a reader of an exported model will trip over; empty: nothing. May be left out.
  std::string (*export_warning)(const ModelConfig& model) = nullptr;
};

std::span<const Family* const> families();
// nullptr if there is none of that name.
const Family* find_family(std::string_view name);
std::string family_names();  // "gpt2, llama, qwen3"

}  // namespace raddle::models
