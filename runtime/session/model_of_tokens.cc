// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/model_of_tokens.h"

#include <tuple>

#include "runtime/base/log.h"
#include "runtime/models/build_model.h"
#include "runtime/models/model_keys.h"

namespace raddle::session {

void adopt_special_tokens(const data::Tokenizer* tokenizer, const std::string& where,
                          models::ModelConfig* model) {
  if (tokenizer == nullptr) return;
  const data::SpecialTokens& special = tokenizer->special();
  const std::tuple<const char*, std::optional<int32_t>, int32_t*> all[] = {
      {"bos_token", special.bos, &model->bos_id},
      {"eos_token", special.eos, &model->eos_id},
      {"pad_token", special.pad, &model->pad_id}};
  for (const auto& [name, id, place] : all) {
    if (*place >= 0 || !id) continue;
    if (*id < model->vocab_size) {
      *place = *id;
      continue;
    }
    log_warning("{}: ignored, because vocab_size is {}: {} {}, id {}", where, model->vocab_size,
                name, tokenizer->spelling(*id), *id);
  }
}

StatusOr<models::ModelConfig> model_from(const config::Config& config,
                                         const models::ModelConfig* of_weights,
                                         const data::Tokenizer* tokenizer,
                                         const std::string& where) {
  if (tokenizer == nullptr) return models::model_config_from(config, 0, of_weights);
  RADDLE_ASSIGN_OR_RETURN(models::ModelConfig model,
                          models::model_config_from(config, tokenizer->vocab_size(), of_weights,
                                                    tokenizer->document_vocab_size()));
  adopt_special_tokens(tokenizer, where, &model);
  return model;
}

StatusOr<graph::Graph> training_graph(const models::ModelConfig& model, int64_t rows) {
  return models::build_model(model, {models::GraphMode::kLoss, rows, 0});
}

}  // namespace raddle::session
