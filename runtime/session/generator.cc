// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/generator.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/clock.h"
#include "runtime/base/random.h"
#include "runtime/models/build_model.h"
#include "runtime/session/finite.h"
#include "runtime/session/utf8_stream.h"

namespace raddle::session {
namespace {

constexpr int64_t kPromptRows = 64;

// Draws a token: softmax of logits / temperature over the top_k, in double, one uniform number per
// position, so the same seed and prompt give the same text.
int32_t draw(std::span<const float> logits, const GenerateOptions& options, uint64_t position,
             std::vector<std::pair<float, int32_t>>& candidates) {
  RADDLE_ASSERT(!logits.empty() && (options.greedy || options.temperature > 0));
  if (options.greedy) {
    return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  }
  candidates.clear();
  for (size_t i = 0; i < logits.size(); ++i) {
    candidates.emplace_back(logits[i], static_cast<int32_t>(i));
  }
  const auto better = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  if (options.top_k > 0 && static_cast<size_t>(options.top_k) < candidates.size()) {
    std::nth_element(candidates.begin(), candidates.begin() + options.top_k, candidates.end(),
                     better);
    candidates.resize(static_cast<size_t>(options.top_k));
    std::sort(candidates.begin(), candidates.end(), better);
  }
  float largest = candidates.front().first;
  for (const auto& candidate : candidates) largest = std::max(largest, candidate.first);
  double total = 0;
  const auto weight = [&](float logit) {
    return std::exp((static_cast<double>(logit) - largest) / options.temperature);
  };
  for (const auto& candidate : candidates) total += weight(candidate.first);
  double left = RandomStream(static_cast<uint64_t>(options.seed), 0x9e4e, position).unit() * total;
  for (const auto& candidate : candidates) {
    left -= weight(candidate.first);
    if (left < 0) return candidate.second;
  }
  return candidates.back().second;
}

bool ends_text(const data::Tokenizer* tokenizer, int32_t token) {
  if (tokenizer == nullptr) return false;
  const std::vector<int32_t>& stops = tokenizer->special().stops;
  return std::find(stops.begin(), stops.end(), token) != stops.end();
}

}  // namespace

StatusOr<std::unique_ptr<Generator>> Generator::create(const models::ModelConfig& model,
                                                       const plan::PlanOptions& options,
                                                       exec::StateStore& store,
                                                       device::Device& device) {
  std::unique_ptr<Generator> generator(new Generator(model));
  // A chunk of the prompt may run over its end; what it leaves in the cache there is written again.
  const int64_t capacity = model.context + kPromptRows;
  const auto make = [&](int64_t rows) -> StatusOr<Decoder> {
    RADDLE_ASSIGN_OR_RETURN(
        graph::Graph graph,
        models::build_model(model, {models::GraphMode::kDecode, rows, capacity}));
    RADDLE_ASSIGN_OR_RETURN(PlannedProgram planned,
                            plan_and_bind(std::move(graph), options, store, device));
    return Decoder(std::move(planned), rows);
  };
  RADDLE_ASSIGN_OR_RETURN(generator->prompt_, make(kPromptRows));
  RADDLE_ASSIGN_OR_RETURN(generator->next_, make(1));
  generator->ids_.reserve(kPromptRows);
  generator->positions_.reserve(kPromptRows);
  generator->logits_.resize(static_cast<size_t>(model.vocab_size));
  generator->candidates_.reserve(static_cast<size_t>(model.vocab_size));
  return generator;
}

Generator::Decoder::Decoder(PlannedProgram p, int64_t row_count)
    : planned(std::move(p)),
      rows(row_count),
      tokens(planned.executor->port("tokens")),
      positions(planned.executor->port("positions")),
      cache_rows(planned.executor->port("cache_rows")),
      logits(planned.executor->port("logits")) {}

Status Generator::feed(Decoder& decoder, std::span<const int32_t> tokens, int64_t row) {
  exec::StepExecutor& executor = *decoder.planned.executor;
  RADDLE_ASSERT(!tokens.empty() && static_cast<int64_t>(tokens.size()) <= decoder.rows);
  RADDLE_ASSERT(row >= 0 && row < model_.context);
  ids_.assign(tokens.begin(), tokens.end());
  ids_.resize(static_cast<size_t>(decoder.rows), 0);
  RADDLE_RETURN_IF_ERROR(executor.write<int32_t>(decoder.tokens, ids_));
  if (decoder.positions.present()) {
    positions_.clear();
    for (int64_t i = 0; i < decoder.rows; ++i) {
      positions_.push_back(static_cast<int32_t>(std::min(row + i, model_.context - 1)));
    }
    RADDLE_RETURN_IF_ERROR(executor.write<int32_t>(decoder.positions, positions_));
  }
  const auto cache_row = static_cast<int32_t>(row);
  RADDLE_RETURN_IF_ERROR(executor.write(decoder.cache_rows, std::span(&cache_row, 1)));
  RADDLE_RETURN_IF_ERROR(executor.run_micro_batch(true));
  return executor.read_floats(decoder.logits, logits_, (tokens.size() - 1) * logits_.size());
}

Status Generator::carry_caches() {
  exec::StepExecutor &from = *prompt_->planned.executor, &to = *next_->planned.executor;
  for (const graph::Tensor& tensor : next_->planned.program->graph.tensors()) {
    if (tensor.kind != graph::TensorKind::kCache) continue;
    RADDLE_RETURN_IF_ERROR(to.carry(to.port(tensor.name), from, from.port(tensor.name)));
  }
  return Status::ok();
}

Status Generator::feed_prompt(std::span<const int32_t> prompt, const StopToken* stop) {
  for (size_t begin = 0; begin < prompt.size(); begin += kPromptRows) {
    RADDLE_RETURN_IF_ERROR(check_stop(stop, "the generation"));
    const size_t count = std::min(prompt.size() - begin, static_cast<size_t>(kPromptRows));
    RADDLE_RETURN_IF_ERROR(
        feed(*prompt_, prompt.subspan(begin, count), static_cast<int64_t>(begin)));
  }
  return carry_caches();
}

StatusOr<GenerateResult> Generator::run(std::span<const int32_t> prompt,
                                        const GenerateOptions& options,
                                        const data::Tokenizer* tokenizer, StopToken* stop,
                                        const TokenSink& sink) {
  RADDLE_ASSERT(!prompt.empty() && static_cast<int64_t>(prompt.size()) < model_.context);
  RADDLE_ASSERT(options.max_tokens >= 1 && options.top_k >= 0 && options.seed >= 0);
  GenerateResult result;
  Utf8Stream text;
  const StopToken finishing = StopToken::cancel_only(stop);
  const exec::StopScope of_prompt(*prompt_->planned.executor, &finishing);
  const exec::StopScope of_next(*next_->planned.executor, &finishing);
  const int64_t begin = now_ns();
  const Status fed = feed_prompt(prompt, stop);
  if (fed.code() == Code::kCancelled && !finishing.is_set()) return result;  // not one token yet
  RADDLE_RETURN_IF_ERROR(fed);
  auto row = static_cast<int64_t>(prompt.size());
  int64_t first_token_ns = 0;
  const int64_t room = std::min(options.max_tokens, model_.context - row);
  begin_work(stop, room);
  while (result.token_count < room) {
    RADDLE_RETURN_IF_ERROR(check_stop(&finishing, "the generation"));
    if (stop != nullptr && stop->is_set()) break;
    RADDLE_RETURN_IF_ERROR(check_logits(logits_, model_.vocab_size));
    const int32_t token = draw(logits_, options, static_cast<uint64_t>(row), candidates_);
    advance(stop, 1);
    if (result.token_count++ == 0) {
      first_token_ns = now_ns();
      result.prompt_ms = static_cast<double>(first_token_ns - begin) * 1e-6;
    }
    result.ended = token == model_.eos_id || ends_text(tokenizer, token);
    if (result.ended && !options.ignore_end) break;
    const std::string_view bytes = tokenizer != nullptr ? tokenizer->token_bytes(token) : "";
    if (sink && !sink(token, text.add(bytes))) break;
    if (result.token_count == room) break;
    RADDLE_RETURN_IF_ERROR(feed(*next_, std::span(&token, 1), row++));
  }
  if (result.token_count > 1) {
    result.tokens_per_second = static_cast<double>(result.token_count - 1) /
                               (static_cast<double>(now_ns() - first_token_ns) * 1e-9);
  }
  return result;
}

}  // namespace raddle::session
