// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/model_of.h"

#include "runtime/base/file_system.h"
#include "runtime/data/tokenizer.h"
#include "runtime/models/build_model.h"
#include "runtime/session/data_pipeline.h"
#include "runtime/session/init_source.h"

namespace raddle::session {

StatusOr<models::ModelConfig> model_of(const config::Config& config) {
  RADDLE_RETURN_IF_ERROR(config.validate());
  RADDLE_ASSIGN_OR_RETURN(const std::string spec, tokenizer_spec(config));
  int64_t vocab_size = config.get_int("data.vocab_size");  // of a tokenizer that is to be trained
  if (spec.empty()) {
    vocab_size = 0;
  } else if (spec != "bpe") {
    RADDLE_ASSIGN_OR_RETURN(const auto tokenizer, data::load_tokenizer(file_system(), spec));
    vocab_size = tokenizer->vocab_size();
  }
  // Whoever gives a vocabulary by number may plan without the tokenizer being right yet.
  if (config.get_int("model.vocab_size") > 0) vocab_size = 0;
  return model_of_config(config, vocab_size);
}

StatusOr<graph::Graph> loss_graph_of(const config::Config& config) {
  RADDLE_ASSIGN_OR_RETURN(const models::ModelConfig model, model_of(config));
  models::GraphOptions options;
  options.mode = models::GraphMode::kLoss;
  options.rows = config.get_int("train.micro_batch_tokens");
  return models::build_model(model, options);
}

}  // namespace raddle::session
