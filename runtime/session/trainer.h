// SPDX-License-Identifier: Apache-2.0
// Trainer: one optimizer step on given micro-batches. It owns the training program and moves the
// store's counters; where batches come from and what is written to disk are not its business.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "runtime/config/config.h"
#include "runtime/data/batch.h"
#include "runtime/device/tag_word.h"
#include "runtime/session/batch_inputs.h"
#include "runtime/session/input_check.h"
#include "runtime/session/planned_program.h"
#include "runtime/session/ranks.h"
#include "runtime/session/schedule.h"
#include "runtime/session/session.h"

namespace raddle::session {

class Trainer {
 public:
  // `program` was planned with the update. Store, device and exchange are borrowed; the last is
  // null where a rank trains alone.
  static StatusOr<std::unique_ptr<Trainer>> create(plan::Program program,
                                                   const config::Config& config,
                                                   exec::StateStore& store, device::Device& device,
                                                   const Ranks& ranks,
                                                   exec::RankExchange* exchange);

  // Forward and backward on packed batches of a ready-made model: gradients, and their loss in the
  // metrics. On an error there are no gradients, and nothing that lasts has changed. Of several
  // ranks each has its own batches, or none; the loss is its part of the step's.
  Status backward(std::span<const data::Batch* const> batches, const BackwardOptions& options,
                  StepMetrics* metrics);
  // The same on one micro-batch of raw inputs of a caller's graph.
  Status backward_inputs(std::span<const InputView> inputs, const BackwardOptions& options,
                         StepMetrics* metrics);
  // The optimizer's part, on the gradients that are there, which are then used up; at `rate`
  // instead of the schedule's if given. NUMERIC counts the step and leaves the weights alone.
  // `flops_per_token` is for the metrics. FAILED_PRECONDITION: there are no gradients.
  Status apply(std::optional<double> rate, double flops_per_token, StepMetrics* metrics);
  // Whether this rank wants to stop after the step whose update is next; and whether some rank did
  // in the last one.
  void want_stop(bool wanted) { wants_stop_ = wanted; }
  bool stop_was_wanted() { return executor().report().stop_wanted; }
  int64_t input_count() const { return input_check_->input_count(); }

  const plan::Program& program() const { return *planned_.program; }
  exec::StepExecutor& executor() { return *planned_.executor; }

 private:
  Trainer(const config::Config& config, exec::StateStore& store, const Ranks& ranks);
  Status run(int64_t micro_batches, const std::function<Status(int64_t)>& fill, int64_t tokens,
             const BackwardOptions& options, StepMetrics* metrics);
  Status add_up(double* weight_sum, int64_t* tokens) const;
  kernels::StepScalars scalars(double rate) const;
  void read_losses(StepMetrics* metrics);
  Status judge_skip(const StepMetrics& metrics);

  // How long another rank may take to come to the same place of a step, as steps so far tell. What
  // looks for ranks that are lost knows much earlier.
  int64_t patience_ns() const;

  // The step under way: what its gradients are of.
  struct UnderWay {
    bool has_gradients = false;
    int64_t tokens = 0, begin_ns = 0;
    double weight_sum = 0;  // as its parts were told
  };

  exec::Counters& counters() const { return store_.counters(); }
  device::TagWord& tag() const { return store_.tag(); }

  exec::StateStore& store_;
  const Ranks ranks_;
  bool wants_stop_ = false;
  PlannedProgram planned_;
  std::unique_ptr<const BatchInputs> batch_inputs_;
  std::unique_ptr<const InputCheck> input_check_;
  UnderWay under_way_;
  int64_t longest_step_ns_ = 0;
  Schedule schedule_;
  double beta1_, beta2_, eps_, max_grad_norm_;
  bool stop_on_non_finite_;
  int64_t non_finite_limit_;
};

}  // namespace raddle::session
