// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/trainer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/base/log.h"

namespace raddle::session {
Trainer::Trainer(const config::Config& config, exec::StateStore& store, const Ranks& ranks)
    : store_(store),
      ranks_(ranks),
      schedule_(schedule_from(config)),
      beta1_(config.get_double("optimizer.beta1")),
      beta2_(config.get_double("optimizer.beta2")),
      eps_(config.get_double("optimizer.eps")),
      max_grad_norm_(config.get_double("optimizer.max_grad_norm")),
      stop_on_non_finite_(config.get_string("train.non_finite") == "stop"),
      non_finite_limit_(config.get_int("train.non_finite_limit")) {}

StatusOr<std::unique_ptr<Trainer>> Trainer::create(plan::Program program,
                                                   const config::Config& config,
                                                   exec::StateStore& store, device::Device& device,
                                                   const Ranks& ranks,
                                                   exec::RankExchange* exchange) {
  RADDLE_ASSERT(program.reports.verdict.present());
  std::unique_ptr<Trainer> trainer(new Trainer(config, store, ranks));
  const auto weight_decay = static_cast<float>(config.get_double("optimizer.weight_decay"));
  RADDLE_ASSIGN_OR_RETURN(trainer->planned_,
                          bind(std::move(program), weight_decay, store, device, exchange));
  trainer->batch_inputs_ = std::make_unique<const BatchInputs>(trainer->executor());
  trainer->input_check_ = std::make_unique<const InputCheck>(trainer->program().graph);
  return trainer;
}

kernels::StepScalars Trainer::scalars(double rate) const {
  kernels::StepScalars scalars{};
  const auto t = static_cast<double>(counters().updates + 1);
  scalars.learning_rate = static_cast<float>(rate);
  scalars.beta1 = static_cast<float>(beta1_);
  scalars.beta2 = static_cast<float>(beta2_);
  scalars.eps = static_cast<float>(eps_);
  scalars.bias_correction1 = static_cast<float>(1 - std::pow(beta1_, t));
  scalars.bias_correction2 = static_cast<float>(1 - std::pow(beta2_, t));
  scalars.max_norm = static_cast<float>(max_grad_norm_);
  return scalars;
}

// What train.non_finite says about a step whose gradients were not finite.
Status Trainer::judge_skip(const StepMetrics& metrics) {
  if (!metrics.skipped) {
    counters().skipped_in_a_row = 0;
    return Status::ok();
  }
  ++counters().skipped;
  ++counters().skipped_in_a_row;
  log_warning("step {}: the gradient norm is not finite (loss {}); the weights are left alone",
              counters().step, metrics.loss);
  if (stop_on_non_finite_) {
    return numeric_error(
        "step {}: the gradient norm is not finite and train.non_finite is stop; "
        "lower optimizer.learning_rate or look at the data of that step",
        counters().step);
  }
  if (counters().skipped_in_a_row >= non_finite_limit_) {
    return numeric_error(
        "{} steps in a row had gradients that are not finite "
        "(train.non_finite_limit); the run has diverged at step {}",
        counters().skipped_in_a_row, counters().step);
  }
  return Status::ok();
}

void Trainer::read_losses(StepMetrics* metrics) {
  const auto losses = program().graph.losses();
  const std::vector<double>& values = executor().report().losses;
  RADDLE_ASSERT(!values.empty() && values.size() == losses.size());
  metrics->loss = values.front();
  metrics->total_loss = 0;
  for (size_t l = 0; l < losses.size(); ++l) {
    metrics->total_loss += losses[l].coefficient * values[l];
  }
}

Status Trainer::run(int64_t micro_batches, const std::function<Status(int64_t)>& fill,
                    int64_t tokens, const BackwardOptions& options, StepMetrics* metrics) {
  RADDLE_ASSERT(options.meshes.empty() || std::ssize(options.meshes) == micro_batches);
  RADDLE_ASSERT(micro_batches >= (ranks_.is_alone() ? 1 : 0) && tokens >= 0);
  if (!options.accumulate || !under_way_.has_gradients) under_way_ = {false, 0, now_ns()};
  const bool begins = !std::exchange(under_way_.has_gradients, false);
  tag().set(counters().step, device::StepPhase::kBegun);
  executor().set_tag(&tag(), counters().step);
  for (int64_t i = 0; i < micro_batches; ++i) {
    Status status = Status::ok();
    if (micro_batches - i > 1) status = check_stop(options.drop, "the step under way");
    if (status.is_ok()) status = fill(i);
    executor().set_mesh(options.meshes.empty() ? nullptr : &options.meshes[static_cast<size_t>(i)]);
    if (status.is_ok()) status = executor().run_micro_batch(begins && i == 0);
    if (!status.is_ok()) {
      tag().set(counters().step, device::StepPhase::kIdle);
      return status;
    }
  }
  if (micro_batches == 0 && begins) RADDLE_RETURN_IF_ERROR(executor().run_no_micro_batch());
  under_way_.tokens += tokens;
  under_way_.has_gradients = true;
  if (metrics == nullptr) return Status::ok();
  RADDLE_RETURN_IF_ERROR(executor().finish());
  *metrics = {};
  read_losses(metrics);
  metrics->step = counters().step;
  metrics->step_tokens = under_way_.tokens;
  metrics->tokens = counters().tokens;
  metrics->skipped_total = counters().skipped;
  return Status::ok();
}

Status Trainer::apply(std::optional<double> rate, double flops_per_token, StepMetrics* metrics) {
  if (!under_way_.has_gradients) {
    return failed_precondition(
        "there are no gradients to apply: run the backward pass of this step first (each apply "
        "uses them up)");
  }
  const UnderWay done = std::exchange(under_way_, {});
  StepMetrics out;
  const Ranks::Patience patience(ranks_, patience_ns());
  out.learning_rate = rate.value_or(learning_rate(schedule_, counters().step + 1));
  RADDLE_RETURN_IF_ERROR(executor().run_update(scalars(out.learning_rate), wants_stop_));
  RADDLE_RETURN_IF_ERROR(executor().finish());
  read_losses(&out);
  const kernels::StepVerdict& verdict = executor().report().verdict;
  out.grad_norm = verdict.norm;
  out.skipped = verdict.non_finite != 0;
  ++counters().step;
  counters().owes_evaluation = false;
  if (!out.skipped) ++counters().updates;
  counters().tokens += done.tokens;
  tag().set(counters().step, device::StepPhase::kIdle);
  const Status judged = judge_skip(out);
  out.step = counters().step;
  out.step_tokens = done.tokens;
  out.tokens = counters().tokens;
  out.skipped_total = counters().skipped;
  const int64_t step_ns = now_ns() - done.begin_ns;
  longest_step_ns_ = std::max(longest_step_ns_, step_ns);
  const double seconds = static_cast<double>(step_ns) * 1e-9;
  out.step_ms = seconds * 1e3;
  out.tokens_per_second = static_cast<double>(done.tokens) / seconds;
  out.flops_per_second = out.tokens_per_second * flops_per_token;
  if (metrics != nullptr) *metrics = out;
  return judged;
}

int64_t Trainer::patience_ns() const {
  constexpr int64_t kLeast = int64_t{600} * 1'000'000'000, kSteps = 50;
  // Of the first step nobody knows how long it takes, least of all a rank that has nothing to do.
  return longest_step_ns_ == 0 ? Ranks::kDayNs : std::max(kLeast, kSteps * longest_step_ns_);
}

// Over all ranks.
Status Trainer::add_up(double* weight_sum, int64_t* tokens) const {
  double sums[] = {weight_sum == nullptr ? 0 : *weight_sum, static_cast<double>(*tokens)};
  const Ranks::Patience patience(ranks_, patience_ns());
  RADDLE_RETURN_IF_ERROR(ranks_.sum(sums));
  if (weight_sum != nullptr) *weight_sum = sums[0];
  *tokens = static_cast<int64_t>(sums[1]);
  return Status::ok();
}

Status Trainer::backward(std::span<const data::Batch* const> batches,
                         const BackwardOptions& options, StepMetrics* metrics) {
  const bool further = options.accumulate && under_way_.has_gradients;
  if (further && options.weight_sum != under_way_.weight_sum) {
    return invalid_argument(
        "options.weight_sum is {} and was {} in the earlier parts of this step; give all of them "
        "the sum of weights of the whole step",
        options.weight_sum, under_way_.weight_sum);
  }
  // The loss is a mean over the weighted tokens of the whole step, whatever micro-batch they are
  // in.
  double weight_sum = options.weight_sum;
  int64_t tokens = 0;
  for (const data::Batch* batch : batches) {
    if (options.weight_sum == 0) weight_sum += batch->weight_sum;
    tokens += batch->token_count;
  }
  RADDLE_RETURN_IF_ERROR(add_up(options.weight_sum == 0 ? &weight_sum : nullptr, &tokens));
  if (!(weight_sum > 0)) {
    return invalid_argument(
        "no token of this step has a weight above 0; there is nothing to learn");
  }
  if (!std::isnormal(static_cast<float>(1.0 / weight_sum))) {
    return invalid_argument(
        "the weights of this step add up to {}; one over that is no F32 number, so scale them",
        weight_sum);
  }
  const auto fill = [&](int64_t i) {
    return batch_inputs_->fill(*batches[static_cast<size_t>(i)], weight_sum);
  };
  RADDLE_RETURN_IF_ERROR(
      run(static_cast<int64_t>(batches.size()), std::ref(fill), tokens, options, metrics));
  under_way_.weight_sum = options.weight_sum;
  return Status::ok();
}

Status Trainer::backward_inputs(std::span<const InputView> inputs, const BackwardOptions& options,
                                StepMetrics* metrics) {
  RADDLE_RETURN_IF_ERROR(input_check_->run(inputs));
  const auto fill = [&](int64_t) { return write_inputs(inputs, executor()); };
  int64_t rows = rows_of(inputs);
  RADDLE_RETURN_IF_ERROR(add_up(nullptr, &rows));
  return run(1, std::ref(fill), rows, options, metrics);
}

}  // namespace raddle::session
