// SPDX-License-Identifier: Apache-2.0
// What the Hugging Face files of families with rotary positions have in common.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "runtime/models/hf_config_reader.h"
#include "runtime/models/hf_tensor_list.h"
#include "runtime/models/model_config.h"

namespace raddle::models {

// Sizes but for the width of a head.
void read_rotary_shape(HfConfigReader& in, ModelConfig* model);
// All else but the window.
void read_rotary_rest(HfConfigReader& in, ModelConfig* model);
// A window of the whole context is none; `why` says what made `used` true.
void refuse_window(HfConfigReader& in, const ModelConfig& model, bool used, std::string_view why);

void write_rotary_config(const ModelConfig& model, nlohmann::ordered_json* out);

// `after_projections` lists what follows q, k and v; it gets the prefixes of both sides' names.
void list_rotary_tensors(
    const ModelConfig& model, HfTensorList* list,
    const std::function<void(const std::string& hf, const std::string& own)>& after_projections);

}  // namespace raddle::models
