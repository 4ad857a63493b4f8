// SPDX-License-Identifier: Apache-2.0
// The model of a config where a tokenizer says what the config leaves open.
#pragma once

#include <string>

#include "runtime/config/config.h"
#include "runtime/data/tokenizer.h"
#include "runtime/graph/graph.h"
#include "runtime/models/model_config.h"

namespace raddle::session {

// Special ids of the tokenizer, which may be null, where the model does not name its own. One
// beyond the embedding, such as a pad token that was added later, is of no use to the model.
// `where` is whose they are.
void adopt_special_tokens(const data::Tokenizer* tokenizer, const std::string& where,
                          models::ModelConfig* model);

// `of_weights`, the model that the weights to begin with are of, may be null, as the tokenizer may.
StatusOr<models::ModelConfig> model_from(const config::Config& config,
                                         const models::ModelConfig* of_weights,
                                         const data::Tokenizer* tokenizer,
                                         const std::string& where);

// The loss of one micro-batch of so many rows.
StatusOr<graph::Graph> training_graph(const models::ModelConfig& model, int64_t rows);

}  // namespace raddle::session
