// SPDX-License-Identifier: Apache-2.0
// Steps of a Session, whole or in halves, and what a caller's graph puts out.
#include "runtime/graph/text.h"
#include "runtime/session/caller_batch.h"
#include "runtime/session/session_impl.h"

namespace raddle::session {
namespace {

Status need_trainer(const Session::Impl& impl) {
  if (impl.trainer != nullptr) return Status::ok();
  return failed_precondition(
      "this session was opened to evaluate and generate; create one from a config to train");
}

// The caller's micro-batches as full ones, in impl.filled.
Status fill_batches(std::span<const CallerBatch> batches, Session::Impl& impl) {
  RADDLE_ASSERT(impl.model.has_value());
  RADDLE_RETURN_IF_ERROR(impl.check_callers_batches());
  if (batches.empty() || batches.size() > impl.batches.size()) {
    return invalid_argument("{} micro-batches, expected 1 to {} (train.micro_batches)",
                            batches.size(), impl.batches.size());
  }
  impl.filled.clear();
  for (size_t i = 0; i < batches.size(); ++i) {
    Status status = fill_batch(batches[i], *impl.model, impl.batches[i]);
    if (!status.is_ok()) return std::move(status).with_context(fmt::format("micro-batch {}", i));
    impl.filled.push_back(&impl.batches[i]);
  }
  return Status::ok();
}

Status need_graph(const Session::Impl& impl, const char* what) {
  if (impl.trainer != nullptr && !impl.model.has_value()) return Status::ok();
  return failed_precondition("{} is of a caller's graph; this session has a ready-made model",
                             what);
}

}  // namespace

Status Session::backward(std::span<const CallerBatch> batches, const BackwardOptions& options,
                         StepMetrics* metrics, StopToken* stop) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(need_trainer(s));
  RADDLE_RETURN_IF_ERROR(s.need_model("a step on token batches"));
  RADDLE_RETURN_IF_ERROR(fill_batches(batches, s));
  const StopToken finishing = StopToken::cancel_only(stop);
  const exec::StopScope scope(s.trainer->executor(), &finishing);
  return s.trainer->backward(s.filled, options, metrics);
}

Status Session::backward_inputs(std::span<const InputView> inputs, const BackwardOptions& options,
                                StepMetrics* metrics, StopToken* stop) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(need_trainer(s));
  const StopToken finishing = StopToken::cancel_only(stop);
  const exec::StopScope scope(s.trainer->executor(), &finishing);
  s.last_run = &s.trainer->executor();
  return s.trainer->backward_inputs(inputs, options, metrics);
}

Status Session::apply(std::optional<double> learning_rate, StepMetrics* metrics) {
  RADDLE_RETURN_IF_ERROR(need_trainer(*impl_));
  return impl_->trainer->apply(learning_rate, impl_->flops_per_token(), metrics);
}

Status Session::step(std::span<const CallerBatch> batches, StepMetrics* metrics, StopToken* stop) {
  RADDLE_RETURN_IF_ERROR(backward(batches, {}, nullptr, stop));
  return apply(std::nullopt, metrics);
}

Status Session::step_inputs(std::span<const InputView> inputs, StepMetrics* metrics,
                            StopToken* stop) {
  RADDLE_RETURN_IF_ERROR(backward_inputs(inputs, {}, nullptr, stop));
  return apply(std::nullopt, metrics);
}

Status Session::step_on_filled(size_t count, StepMetrics* metrics, StopToken* stop,
                               OnStop on_stop) {
  Impl& s = *impl_;
  RADDLE_ASSERT(s.trainer != nullptr && count <= s.batches.size());
  s.filled.clear();
  for (size_t i = 0; i < count; ++i) s.filled.push_back(&s.batches[i]);
  const StopToken finishing = StopToken::cancel_only(stop);
  const exec::StopScope scope(s.trainer->executor(), &finishing);
  BackwardOptions options;
  options.drop = on_stop == OnStop::kDropLong ? stop : nullptr;
  RADDLE_RETURN_IF_ERROR(s.trainer->backward(s.filled, options, nullptr));
  return apply(std::nullopt, metrics);
}

Status Session::step_on_data(StepMetrics* metrics, StopToken* stop, OnStop on_stop) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(need_trainer(s));
  if (s.loaders.train == nullptr) {
    return failed_precondition("there is no training data; set data.path");
  }
  if (s.hybrid != nullptr) return step_on_plan(metrics, stop);
  const auto taken =
      s.loaders.train->next_step(s.config.get_int("train.micro_batches"), s.part(), s.batches);
  if (!taken.is_ok()) {
    s.loaders.train->rollback();
    return taken.status();
  }
  RADDLE_ASSERT(s.ranks.is_alone() ? *taken == s.batches.size()
                                   : *taken <= s.batches.size());  // training data repeats
  const Status status = step_on_filled(*taken, metrics, stop, on_stop);
  if (status.is_ok() || status.code() == Code::kNumeric) {
    s.loaders.train->commit();
  } else {
    s.loaders.train->rollback();
  }
  return status;
}

Status Session::step_on_plan(StepMetrics* metrics, StopToken* stop) {
  Impl& s = *impl_;
  const StopToken finishing = StopToken::cancel_only(stop);
  const exec::StopScope scope(s.trainer->executor(), &finishing);
  Status status = s.hybrid->prepare(*s.loaders.train, s.config.get_int("train.micro_batches"));
  if (status.is_ok()) {
    s.filled.clear();
    for (const data::Batch& batch : s.hybrid->batches()) s.filled.push_back(&batch);
    BackwardOptions options;
    options.meshes = s.hybrid->meshes();
    status = s.trainer->backward(s.filled, options, nullptr);
  }
  if (status.is_ok()) status = apply(std::nullopt, metrics);
  if (status.is_ok() || status.code() == Code::kNumeric) {
    s.loaders.train->commit();
  } else {
    s.loaders.train->rollback();
  }
  return status;
}

StatusOr<int64_t> Session::input_count() const {
  RADDLE_RETURN_IF_ERROR(need_trainer(*impl_));
  return impl_->trainer->input_count();
}

Status Session::forward_inputs(std::span<const InputView> inputs, StepMetrics* metrics,
                               StopToken* stop) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(need_graph(s, "forward_inputs"));
  if (s.forward == nullptr) {
    RADDLE_ASSIGN_OR_RETURN(graph::Graph graph, graph::parse_text(s.graph_text));
    InputCheck check(graph);
    RADDLE_ASSIGN_OR_RETURN(
        PlannedProgram planned,
        plan_and_bind(std::move(graph), s.further_options(), *s.store, *s.device));
    s.forward.reset(new GraphForward{std::move(planned), std::move(check)});
  }
  RADDLE_RETURN_IF_ERROR(s.forward->check.run(inputs));
  exec::StepExecutor& executor = *s.forward->planned.executor;
  const exec::StopScope scope(executor, stop);
  s.last_run = &executor;
  RADDLE_RETURN_IF_ERROR(write_inputs(inputs, executor));
  RADDLE_RETURN_IF_ERROR(executor.run_micro_batch(true));
  RADDLE_RETURN_IF_ERROR(executor.finish());
  if (metrics == nullptr) return Status::ok();
  *metrics = {};
  const auto losses = executor.program().graph.losses();
  const std::vector<double>& values = executor.report().losses;
  RADDLE_ASSERT(values.size() == losses.size());
  for (size_t l = 0; l < losses.size(); ++l) {
    metrics->total_loss += losses[l].coefficient * values[l];
  }
  metrics->loss = losses.empty() ? 0 : values.front();
  metrics->step = s.store->counters().step;
  metrics->step_tokens = rows_of(inputs);
  return Status::ok();
}

Status Session::read_output(std::string_view name, std::span<std::byte> out) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(need_graph(s, "read_output"));
  if (s.last_run == nullptr) {
    return failed_precondition("the graph has not run yet, so output {} has no value", name);
  }
  const graph::Graph& graph = s.last_run->program().graph;
  std::string names;
  for (const graph::TensorId id : graph.outputs()) {
    const graph::Tensor& tensor = graph.tensor(id);
    names += (names.empty() ? "" : ", ") + tensor.name;
    if (tensor.name != name) continue;
    const exec::Port port = s.last_run->port(name);
    if (out.size() == port.bytes()) return s.last_run->read(port, out);
    return invalid_argument("output {} has {} bytes ({} {}), room for {} is given", name,
                            port.bytes(), dtype_name(tensor.dtype), tensor.shape.to_string(),
                            out.size());
  }
  return not_found("the graph has no output '{}'; it has {}", name, names.empty() ? "none" : names);
}

}  // namespace raddle::session
