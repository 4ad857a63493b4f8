// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/evaluator.h"

#include <cmath>
#include <tuple>

#include "runtime/base/clock.h"
#include "runtime/models/build_model.h"
#include "runtime/session/batch_inputs.h"

namespace raddle::session {

StatusOr<std::unique_ptr<Evaluator>> Evaluator::create(const models::ModelConfig& model,
                                                       int64_t capacity,
                                                       const plan::PlanOptions& options,
                                                       exec::StateStore& store,
                                                       device::Device& device) {
  std::unique_ptr<Evaluator> evaluator(new Evaluator(capacity));
  RADDLE_ASSIGN_OR_RETURN(graph::Graph graph,
                          models::build_model(model, {models::GraphMode::kEvalLoss, capacity, 0}));
  RADDLE_ASSIGN_OR_RETURN(evaluator->planned_,
                          plan_and_bind(std::move(graph), options, store, device));
  RADDLE_ASSERT(!evaluator->planned_.program->graph.losses().empty());
  return evaluator;
}

StatusOr<Evaluation> Evaluator::run(const NextBatch& next, const data::Tokenizer* tokenizer,
                                    StopToken* stop, const Ranks& ranks) {
  const int64_t begin = now_ns();
  Evaluation out;
  double loss_sum = 0, weight_sum = 0;
  const exec::StopScope scope(*planned_.executor, stop);
  const BatchInputs inputs(*planned_.executor);
  for (;;) {
    if (stop != nullptr && stop->is_set()) {
      return cancelled("the evaluation was stopped on request after {} tokens; a part is no result",
                       out.tokens);
    }
    RADDLE_ASSIGN_OR_RETURN(const bool more, next(batch_));
    if (!more) break;
    RADDLE_ASSERT(batch_.token_count <= batch_.capacity());
    advance(stop, 1);
    if (!(batch_.weight_sum > 0)) continue;
    RADDLE_RETURN_IF_ERROR(inputs.fill(batch_, batch_.weight_sum));
    RADDLE_RETURN_IF_ERROR(planned_.executor->run_micro_batch(true));
    RADDLE_RETURN_IF_ERROR(planned_.executor->finish());
    loss_sum += planned_.executor->report().losses.front() * batch_.weight_sum;
    weight_sum += batch_.weight_sum;
    for (int64_t t = 0; t < batch_.token_count; ++t) {
      const auto at = static_cast<size_t>(t);
      if (batch_.weights[at] == 0) continue;
      ++out.tokens;
      // The end of a document is a token but no text.
      if (tokenizer != nullptr && !tokenizer->special().is_mark(batch_.targets[at])) {
        out.bytes += static_cast<int64_t>(tokenizer->token_bytes(batch_.targets[at]).size());
      }
    }
  }
  double sums[] = {loss_sum, weight_sum, static_cast<double>(out.tokens),
                   static_cast<double>(out.bytes)};
  RADDLE_RETURN_IF_ERROR(ranks.sum(sums));
  std::tie(loss_sum, weight_sum) = std::tie(sums[0], sums[1]);
  out.tokens = static_cast<int64_t>(sums[2]);
  out.bytes = static_cast<int64_t>(sums[3]);
  if (!(weight_sum > 0)) {
    return failed_precondition(
        "there is no token to predict: the validation data is too short, or all weights are 0");
  }
  out.loss = loss_sum / weight_sum;
  if (!std::isfinite(out.loss)) {
    return numeric_error("the loss over {} tokens is {}: the model computes what is not finite",
                         out.tokens, out.loss);
  }
  out.seconds = static_cast<double>(now_ns() - begin) * 1e-9;
  return out;
}

}  // namespace raddle::session
