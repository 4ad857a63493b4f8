// SPDX-License-Identifier: Apache-2.0
// From a ModelConfig back to the keys model.* that say the same.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/models/model_config.h"

namespace raddle::models {

// Every key that decides a model, with the value that `model` has; what 0 stands for is filled in.
std::vector<std::pair<std::string_view, std::string>> model_keys(const ModelConfig& model);

// Where the model comes from a file (model.hf_config, or the one beside the weights of
// model.init_from), sets the keys that say the same and clears model.hf_config, so that a saved
// config gives the same model without the file.
Status make_self_contained(const ModelConfig& model, config::Config* config);

// Sets the keys that no source set, or that leave the choice open, to what `model` has.
Status fill_keys(const ModelConfig& model, config::Config* config);

// Where the run of `record` took its model from model.init_from, or from a model.hf_config that is
// gone or was emptied, `config` takes from the record what nobody set.
Status keep_recorded_model(const config::Config& record, config::Config* config);

// INVALID_ARGUMENT lists the keys that some source set and that disagree with `file`, the model of
// the Hugging Face config at `path`. What such a file does not hold (multi-token prediction;
// virtual width, in a file without it) and a 0 that leaves the choice open agree with every file.
Status check_agrees(const config::Config& config, const ModelConfig& file, std::string_view path);

}  // namespace raddle::models
