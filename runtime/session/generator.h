// SPDX-License-Identifier: Apache-2.0
// Generator: continues a sequence with a key-value cache. Two programs of one model: one takes the
// prompt in chunks, one a token at a time; the cache is carried over between them.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/models/model_config.h"
#include "runtime/session/planned_program.h"
#include "runtime/session/session.h"

namespace raddle::session {

class Generator {
 public:
  static StatusOr<std::unique_ptr<Generator>> create(const models::ModelConfig& model,
                                                     const plan::PlanOptions& options,
                                                     exec::StateStore& store,
                                                     device::Device& device);

  // The prompt's ids are checked by the caller and leave room in the context. `options` is complete
  // (no zeros that stand for defaults). Ends early when `stop` is set, CANCELLED when it
  // cancels. NUMERIC: logits that are not finite.
  StatusOr<GenerateResult> run(std::span<const int32_t> prompt, const GenerateOptions& options,
                               const data::Tokenizer* tokenizer, StopToken* stop,
                               const TokenSink& sink);
  size_t bytes() const {
    return prompt_->planned.executor->arena_bytes() + next_->planned.executor->arena_bytes();
  }

 private:
  Generator(const models::ModelConfig& model) : model_(model) {}
  // A program that takes `rows` tokens at a time, with its ports.
  struct Decoder {
    PlannedProgram planned;
    int64_t rows;
    exec::Port tokens, positions, cache_rows, logits;
    Decoder(PlannedProgram p, int64_t row_count);
  };
  // Runs `tokens` at cache row `row`; logits_ is then that of the last one.
  Status feed(Decoder& decoder, std::span<const int32_t> tokens, int64_t row);
  Status feed_prompt(std::span<const int32_t> prompt, const StopToken* stop);
  Status carry_caches();

  models::ModelConfig model_;
  std::optional<Decoder> prompt_, next_;
  std::vector<int32_t> ids_, positions_;  // of a decoder's rows
  std::vector<float> logits_;             // (vocab_size)
  std::vector<std::pair<float, int32_t>> candidates_;
};

}  // namespace raddle::session
