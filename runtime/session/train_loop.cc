// SPDX-License-Identifier: Apache-2.0
// Training to the end: steps, evaluations, checkpoints, metrics, events, in an order that a resumed
// run repeats.
#include "runtime/base/clock.h"
#include "runtime/base/staged_file.h"
#include "runtime/base/trace.h"
#include "runtime/session/caller_batch.h"
#include "runtime/session/session_impl.h"

namespace raddle::session {
namespace {

class TrainLoop {
 public:
  TrainLoop(Session& session, Session::Impl& impl, const EventSink& sink, const BatchSource& source,
            StopToken* stop)
      : session_(session),
        impl_(impl),
        sink_(sink),
        source_(source),
        stop_(stop),
        part_(StopToken::silent(stop)) {
    RADDLE_ASSERT(impl.trainer != nullptr && impl.model.has_value());
  }

  StatusOr<TrainResult> run();

 private:
  int64_t step() const { return impl_.store->counters().step; }
  bool wants_stop() const { return asked_to_stop_ || part_.is_set(); }
  // Several ranks stop together, after the step in which one of them said that it wants to.
  bool stopping() const { return impl_.ranks.is_alone() ? wants_stop() : agreed_to_stop_; }
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
  StatusOr<bool> one_step();
  StatusOr<bool> step_on_source(StepMetrics* metrics);
  Status evaluate_if_due();
  Status evaluate();
  Status save();
  Status save_if_due();
  Status save_at_the_end();
  Status end_early(Status why);

  Session& session_;
  Session::Impl& impl_;
  const EventSink& sink_;
  const BatchSource& source_;
  StopToken* stop_;  // may be null
  StopToken part_;   // that of a step, an evaluation, a checkpoint
  bool asked_to_stop_ = false, agreed_to_stop_ = false;
  int64_t first_step_ = 0, saved_step_ = -1;
};

// One step on what the caller gives. False: the caller has no more.
StatusOr<bool> TrainLoop::step_on_source(StepMetrics* metrics) {
  const int64_t count = impl_.config.get_int("train.micro_batches");
  RADDLE_ASSERT(count == static_cast<int64_t>(impl_.batches.size()));
  size_t filled = 0;
  bool has_ended = false;
  for (int64_t i = 0; i < count; ++i) {
    if (!impl_.part().takes(i)) continue;
    CallerBatch batch;
    RADDLE_ASSIGN_OR_RETURN(const bool more, source_(step(), i, &batch));
    has_ended = !more;
    if (has_ended) break;
    RADDLE_RETURN_IF_ERROR(fill_batch(batch, *impl_.model, impl_.batches[filled++])
                               .with_context(fmt::format("step {}, micro-batch {}", step(), i)));
  }
  // Where one rank has no more, the step is nobody's.
  RADDLE_ASSIGN_OR_RETURN(has_ended, impl_.ranks.any(has_ended));
  if (has_ended) return false;
  RADDLE_RETURN_IF_ERROR(session_.step_on_filled(filled, metrics, &part_));
  return true;
}

// False: there is no more data, or the step was dropped because of a request to stop.
StatusOr<bool> TrainLoop::one_step() {
  StepMetrics metrics;
  Status status;
  impl_.trainer->want_stop(wants_stop());
  if (source_) {
    const StatusOr<bool> more = step_on_source(&metrics);
    if (more.is_ok() && !*more) return false;
    status = more.status();
  } else {
    // The data can be taken again, which of a caller's batches nobody knows.
    const OnStop on_stop = impl_.ranks.is_alone() ? OnStop::kDropLong : OnStop::kFinish;
    status = session_.step_on_data(&metrics, &part_, on_stop);
    if (status.code() == Code::kCancelled && !part_.is_cancelled()) return false;
  }
  if (!status.is_ok() && status.code() != Code::kNumeric) return status;
  agreed_to_stop_ = impl_.trainer->stop_was_wanted();
  const Status written = impl_.run.append_step(metrics);
  if (!written.is_ok()) warn("metrics.jsonl: " + written.message());
  // Whoever hears of the step may save it.
  impl_.store->counters().owes_evaluation =
      status.is_ok() && due("train.eval_interval") && impl_.loaders.validation != nullptr;
  Event event{.kind = Event::Kind::kStep};
  event.metrics = &metrics;
  tell(event);
  if (!status.is_ok()) return status;
  return true;
}

// An evaluation changes nothing, so one that was stopped is made up by whoever goes on.
Status TrainLoop::evaluate_if_due() {
  bool& owes = impl_.store->counters().owes_evaluation;
  owes = false;
  if (!due("train.eval_interval") || impl_.loaders.validation == nullptr) return Status::ok();
  const Status done = stopping() ? cancelled("stopped") : evaluate();
  owes = done.code() == Code::kCancelled && !part_.is_cancelled();
  if (owes) return Status::ok();
  if (done.code() != Code::kNumeric) return done;
  // Whether the run has diverged is for its own steps to say.
  warn("validation: " + done.message());
  return Status::ok();
}

Status TrainLoop::evaluate() {
  RADDLE_ASSIGN_OR_RETURN(const Evaluation evaluation, session_.evaluate(&part_));
  const Status written = impl_.run.append_evaluation(evaluation);
  if (!written.is_ok()) warn("metrics.jsonl: " + written.message());
  Event event{.kind = Event::Kind::kEvaluation};
  event.evaluation = &evaluation;
  tell(event);
  return Status::ok();
}

Status TrainLoop::save() {
  RADDLE_ASSIGN_OR_RETURN(const std::string path, session_.save("", &part_));
  saved_step_ = step();
  Event event{.kind = Event::Kind::kCheckpoint};
  event.path = &path;
  tell(event);
  return Status::ok();
}

Status TrainLoop::save_if_due() {
  if (!impl_.run.exists() || !due("checkpoint.interval")) return Status::ok();
  const Status saved = save();
  const bool ends = saved.code() == Code::kNumeric || saved.code() == Code::kCancelled;
  if (saved.is_ok() || ends) return saved;
  // A checkpoint that cannot be written now need not end the run: the last good one is untouched.
  warn("no checkpoint at this step: " + saved.message());
  return Status::ok();
}

Status TrainLoop::save_at_the_end() {
  if (!impl_.run.exists() || saved_step_ == step()) return Status::ok();
  return save().with_context(stopping() ? "stopped on request, but the state is not saved"
                                        : "training is done, but its state is not saved");
}

// What ends a run early, such as data that can no longer be read, is not the state's fault: that of
// the last whole step is kept. (Numbers that are not finite are, and who cancels wants no more.)
Status TrainLoop::end_early(Status why) {
  const bool stays = why.code() == Code::kNumeric || why.code() == Code::kCancelled;
  const bool done_before = step() == first_step_ || saved_step_ == step();
  // The other ranks do not know of it yet, and one alone cannot save.
  const bool is_part = !impl_.ranks.is_alone();
  if (!impl_.run.exists() || done_before || stays || is_part) return why;
  Status saved = save();
  if (saved.is_ok()) {
    return std::move(why).with_context(
        fmt::format("training ended after step {}, whose state is saved", step()));
  }
  return std::move(saved).with_context(fmt::format(
      "training ended after step {} ({}), and its state is not saved", step(), why.message()));
}

StatusOr<TrainResult> TrainLoop::run() {
  const int64_t begin = now_ns();
  first_step_ = step();
  const int64_t total = impl_.config.get_int("train.steps");
  if (step() > total) {
    return failed_precondition(
        "the run has done {0} steps, more than train.steps, {1}: there is nothing to do, and "
        "nothing is changed; set train.steps above {0}, or go back with --resume and a checkpoint "
        "of step {1} or less",
        step(), total);
  }
  if (stop_ != nullptr) stop_->begin_work(total, step());
  bool& owes_evaluation = impl_.store->counters().owes_evaluation;
  if (impl_.run.holds(step()) && !owes_evaluation) saved_step_ = step();
  const bool has_work = step() < total || owes_evaluation;
  RADDLE_RETURN_IF_ERROR(has_work ? impl_.begin_run() : impl_.run.clean());
  // Made up, but not yet saved: whoever writes the metrics knows.
  RADDLE_ASSIGN_OR_RETURN(const bool has_evaluation,
                          impl_.ranks.any(impl_.ranks.leads() && impl_.run.has_evaluation(step())));
  if (has_evaluation) owes_evaluation = false;
  if (owes_evaluation) RADDLE_RETURN_IF_ERROR(evaluate_if_due());
  while (step() < total && !stopping()) {
    const StatusOr<bool> stepped = one_step();
    if (stepped.is_ok() && !*stepped) break;
    Status done = stepped.is_ok() ? evaluate_if_due() : stepped.status();
    if (!done.is_ok()) return end_early(std::move(done));
    advance(stop_, 1);
    RADDLE_RETURN_IF_ERROR(save_if_due());
  }
  const StopToken cancelling = StopToken::cancel_only(&part_);
  if (step() < total) RADDLE_RETURN_IF_ERROR(check_stop(&cancelling, "training"));
  TrainResult result;
  result.steps_done = step();
  result.stopped = step() < total || owes_evaluation;
  RADDLE_RETURN_IF_ERROR(save_at_the_end());
  result.saved = saved_step_ == step();
  result.seconds = static_cast<double>(now_ns() - begin) * 1e-9;
  return result;
}

// A run that is started again with the same words writes its trace over the one before, but over
// nothing else.
Status check_trace_name(const std::string& path) {
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const FileInfo info, fs.info(path));
  if (info.kind != FileInfo::Kind::kFile || info.bytes < kTraceHead.size()) {
    return check_free_name(fs, path);
  }
  RADDLE_ASSIGN_OR_RETURN(const auto file, fs.open(path));
  std::string head(kTraceHead.size(), '\0');
  RADDLE_RETURN_IF_ERROR(file->read_at(0, head.data(), head.size()));
  return head == kTraceHead ? Status::ok() : check_free_name(fs, path);
}

}  // namespace

StatusOr<TrainResult> Session::train(const EventSink& sink, const BatchSource& source,
                                     StopToken* stop) {
  Impl& s = *impl_;
  if (s.trainer == nullptr) {
    return failed_precondition("this session was opened, not created: it does not train");
  }
  RADDLE_RETURN_IF_ERROR(s.need_model("a training loop"));
  if (source) RADDLE_RETURN_IF_ERROR(s.check_callers_batches());
  if (!source && s.loaders.train == nullptr) {
    return failed_precondition("there is no training data; set data.path");
  }
  TrainLoop loop(*this, s, sink, source, stop);
  const auto run = [&] {
    StatusOr<TrainResult> result = loop.run();
    if (!result.is_ok()) s.ranks.leave(result.status());
    return result;
  };
  if (s.options.trace_path.empty()) return run();
  // Each rank has its own.
  const std::string trace_path =
      s.options.trace_path + (s.ranks.leads() ? "" : fmt::format(".rank{}", s.ranks.rank()));
  RADDLE_RETURN_IF_ERROR(check_trace_name(trace_path));
  constexpr size_t kTraceEvents = 1 << 20;
  TraceRecorder trace(kTraceEvents);
  s.trainer->executor().set_trace(&trace);
  StatusOr<TrainResult> result = run();
  s.trainer->executor().set_trace(nullptr);
  const Status written = write_file_atomically(file_system(), trace_path, trace.to_json());
  if (result.is_ok() && !written.is_ok()) return written;
  return result;
}

}  // namespace raddle::session
