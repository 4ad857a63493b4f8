// SPDX-License-Identifier: Apache-2.0
// Training to the end: steps, evaluations, checkpoints, metrics, events, in an order that a resumed
// run repeats.
#include "runtime/base/clock.h"
#include "runtime/base/trace.h"
#include "runtime/session/session_impl.h"

namespace raddle::session {
namespace {

class TrainLoop {
 public:
  TrainLoop(Session& session, Session::Impl& impl, const EventSink& sink,
            const std::atomic<bool>& stop)
      : session_(session), impl_(impl), sink_(sink), stop_(stop) {}

  StatusOr<TrainResult> run();

 private:
  int64_t step() const { return impl_.trainer->counters().step; }
  bool due(const char* interval_key) const {
    const int64_t interval = impl_.config.get_int(interval_key);
    return interval > 0 && step() % interval == 0;
  }
  void tell(Event event) {
    event.step = step();
    event.steps_total = impl_.config.get_int("train.steps");
    if (sink_ && !sink_(event)) asked_to_stop_ = true;
  }
  void warn(const std::string& message) {
    Event event{.kind = Event::Kind::kWarning};
    event.message = &message;
    tell(event);
  }
  Status one_step();
  Status evaluate();
  Status save();

  Session& session_;
  Session::Impl& impl_;
  const EventSink& sink_;
  const std::atomic<bool>& stop_;
  bool asked_to_stop_ = false;
  int64_t saved_step_ = -1;
};

Status TrainLoop::one_step() {
  StepMetrics metrics;
  const Status status = session_.step_on_data(&metrics);
  if (!status.is_ok() && status.code() != Code::kNumeric) return status;
  const Status written = impl_.run.append_step(metrics);
  if (!written.is_ok()) warn("metrics.jsonl: " + written.message());
  Event event{.kind = Event::Kind::kStep};
  event.metrics = &metrics;
  tell(event);
  return status;
}

Status TrainLoop::evaluate() {
  RADDLE_ASSIGN_OR_RETURN(const Evaluation evaluation, session_.evaluate());
  const Status written = impl_.run.append_evaluation(evaluation);
  if (!written.is_ok()) warn("metrics.jsonl: " + written.message());
  Event event{.kind = Event::Kind::kEvaluation};
  event.evaluation = &evaluation;
  tell(event);
  return Status::ok();
}

Status TrainLoop::save() {
  RADDLE_ASSIGN_OR_RETURN(const std::string path, session_.save(""));
  saved_step_ = step();
  Event event{.kind = Event::Kind::kCheckpoint};
  event.path = &path;
  tell(event);
  return Status::ok();
}

StatusOr<TrainResult> TrainLoop::run() {
  const int64_t begin = now_ns();
  const int64_t total = impl_.config.get_int("train.steps");
  if (step() < total) RADDLE_RETURN_IF_ERROR(impl_.begin_run());
  while (step() < total && !asked_to_stop_ && !stop_.load(std::memory_order_relaxed)) {
    RADDLE_RETURN_IF_ERROR(one_step());
    if (due("train.eval_interval") && impl_.loaders.validation != nullptr) {
      RADDLE_RETURN_IF_ERROR(evaluate());
    }
    if (impl_.run.exists() && due("checkpoint.interval")) {
      // A checkpoint that cannot be written now need not end the run: the last good one is
      // untouched.
      const Status saved = save();
      if (!saved.is_ok()) warn("no checkpoint at this step: " + saved.message());
    }
  }
  TrainResult result;
  result.steps_done = step();
  result.stopped = step() < total;
  if (impl_.run.exists() && saved_step_ != step()) {
    RADDLE_RETURN_IF_ERROR(save().with_context("training is done, but its state is not saved"));
  }
  result.saved = saved_step_ == step();
  result.seconds = static_cast<double>(now_ns() - begin) * 1e-9;
  return result;
}

}  // namespace

StatusOr<TrainResult> Session::train(const EventSink& sink) {
  Impl& s = *impl_;
  if (s.trainer == nullptr) {
    return failed_precondition("this session was opened, not created: it does not train");
  }
  if (s.loaders.train == nullptr) {
    return failed_precondition("there is no training data; set data.path");
  }
  if (s.options.trace_path.empty()) return TrainLoop(*this, s, sink, stop_).run();
  constexpr size_t kTraceEvents = 1 << 20;
  TraceRecorder trace(kTraceEvents);
  s.trainer->executor().set_trace(&trace);
  StatusOr<TrainResult> result = TrainLoop(*this, s, sink, stop_).run();
  s.trainer->executor().set_trace(nullptr);
  RADDLE_RETURN_IF_ERROR(
      write_file_atomically(posix_file_system(), s.options.trace_path, trace.to_json()));
  return result;
}

}  // namespace raddle::session
