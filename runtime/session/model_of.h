// SPDX-License-Identifier: Apache-2.0
// The ready-made model that a config describes, before any data is read.
#pragma once

#include "runtime/base/status.h"
#include "runtime/config/config.h"
#include "runtime/graph/graph.h"
#include "runtime/models/model_config.h"

namespace raddle::session {

// The vocabulary comes from model.vocab_size or from what data.tokenizer names.
StatusOr<models::ModelConfig> model_of(const config::Config& config);

// Its training graph for one micro-batch, before differentiation.
StatusOr<graph::Graph> loss_graph_of(const config::Config& config);

}  // namespace raddle::session
