// SPDX-License-Identifier: Apache-2.0
// Hugging Face's config.json: read and written. What a file asks for that Raddle does not do
// (another rotary scaling, biases, a sliding window, experts, another activation, ...) is refused
// by name, all of it in one message, and so is a key that this reader does not know, because it may
// change the model. Keys known to have no part in the arithmetic are passed over
// (hf_config_keys.h); dropout rates other than 0 and tokens beyond the vocabulary are, with a
// warning.
//
// A model with virtual width fits no public architecture: it gets a name of its own
// (RaddleVirtualWidthLlamaForCausalLM, model_type raddle_vw_llama) and an object "virtual_width".
// Multi-token prediction heads are a training aid: they are in no Hugging Face file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/models/model_config.h"

namespace raddle::models {

// `where` names the file in messages. INVALID_ARGUMENT: not such a file, or a value that no model
// can have; UNIMPLEMENTED: a feature that Raddle lacks. The result is valid.
StatusOr<ModelConfig> parse_hf_config(std::string_view text, std::string_view where);

std::string to_hf_config(const ModelConfig& model);  // config.json
// generation_config.json; `stops` are all the tokens that end a text, in which eos_id need not be.
std::string to_hf_generation_config(const ModelConfig& model, std::span<const int32_t> stops);

}  // namespace raddle::models
