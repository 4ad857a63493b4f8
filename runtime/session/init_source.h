// SPDX-License-Identifier: Apache-2.0
// The Hugging Face directory of model.init_from. The run's model is the one that its config.json
// describes, as with model.hf_config; whether its weights fit is told before any data is read.
#pragma once

#include <optional>

#include "runtime/config/config.h"
#include "runtime/models/model_config.h"

namespace raddle::session {

// The model of model.init_from, which the keys that were set agree with; none where that is empty,
// or where model.hf_config names the model. INVALID_ARGUMENT or UNIMPLEMENTED: the directory is of
// no model that Raddle has, keys disagree with it, or its weights are not of the run's model.
StatusOr<std::optional<models::ModelConfig>> model_of_init_source(const config::Config& config);

// The model that `config` describes, wherever it comes from.
StatusOr<models::ModelConfig> model_of_config(const config::Config& config,
                                              int64_t tokenizer_vocab_size);

// Sets the keys that no source set to those of the model that a file describes, to show them.
Status fill_model(config::Config* config);

}  // namespace raddle::session
