// SPDX-License-Identifier: Apache-2.0
// Session: one model's state and the programs planned for it, driven step by step or to the end.
// The C ABI (include/raddle/session.h, checkpoint.h) is this class with handles around it;
// contracts are written there and not repeated.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/stop_token.h"
#include "runtime/config/config.h"
#include "runtime/data/tokenizer.h"
#include "runtime/exec/state_store.h"
#include "runtime/exec/step_mesh.h"
#include "runtime/graph/graph.h"
#include "runtime/models/model_config.h"
#include "runtime/plan/program.h"
#include "runtime/runs/metrics.h"
#include "runtime/session/state_tensors.h"

namespace raddle::comm {
class Communicator;
}

namespace raddle::session {

using runs::Evaluation;
using runs::StepMetrics;

struct SessionOptions {
  std::string run_directory;  // "": the session writes no file
  std::string resume;         // "": afresh; "auto"; or a checkpoint or run directory
  std::string trace_path;     // "": none
  StopToken* stop = nullptr;  // of the making of the session, and borrowed until it is made
  // How a session that trains lays its state out; the session sets `optimizer`, and of several
  // ranks which of them it is.
  exec::StateOptions state;
  // The ranks that train together, each with a session of the same config; borrowed. Null: alone.
  // All of them call the functions that train, evaluate and save, in the same order. What goes
  // wrong on one while a session is made or trains is told to the others, which then fail too.
  comm::Communicator* communicator = nullptr;
};

struct SessionInfo {
  int64_t parameter_elements = 0, vocab_size = 0, context_tokens = 0, micro_batch_tokens = 0,
          micro_batches = 0, steps_done = 0, steps_total = 0, tokens_done = 0, flops_per_token = 0,
          memory_bytes = 0;
  int32_t threads = 0;
};

// A caller's micro-batch. Spans may be empty where raddle_batch_t allows NULL.
struct CallerBatch {
  std::span<const int32_t> tokens, targets, positions, cu_seqlens;
  std::span<const float> weights;
};
struct InputView {
  std::string_view name;
  DType dtype = DType::kF32;
  Shape shape;
  const void* data = nullptr;
};

// What a request to stop in good order does to a step: nothing, or CANCELLED as if the step had not
// begun, if more than one of its micro-batches is still to do.
enum class OnStop { kFinish, kDropLong };

// How gradients are made.
struct BackwardOptions {
  bool accumulate = false;  // add to those that are there, if any
  double weight_sum = 0;    // what the sums over tokens are divided by; 0: the batches' own weights
  // By batch: which of its sequences other ranks have parts of. Empty: none.
  std::span<const exec::StepMesh> meshes = {};
  // CANCELLED, and no gradients, once this is set while more than one micro-batch is still to do.
  const StopToken* drop = nullptr;
};

struct Event {
  enum class Kind { kStep = 1, kEvaluation = 2, kCheckpoint = 3, kWarning = 4, kToken = 5 };
  Kind kind;
  int64_t step = 0, steps_total = 0;
  const StepMetrics* metrics = nullptr;
  const Evaluation* evaluation = nullptr;
  const std::string* path = nullptr;
  const std::string* message = nullptr;
  int32_t token = 0;
  std::string_view text = {};  // what the token adds
};
using EventSink = std::function<bool(const Event&)>;  // false: stop

// A caller's micro-batch number `micro_batch` of the step after `step` done ones; it stays valid
// until the next is asked for. False: there is no more.
using BatchSource =
    std::function<StatusOr<bool>(int64_t step, int64_t micro_batch, CallerBatch* batch)>;

struct TrainResult {
  int64_t steps_done = 0;
  bool stopped = false, saved = false;
  double seconds = 0;
};

struct GenerateOptions {
  int64_t max_tokens = 0;   // 0: generate.max_tokens
  double temperature = -1;  // below 0: generate.temperature
  int64_t top_k = -1;       // below 0: generate.top_k; 0: all
  int64_t seed = -1;        // below 0: generate.seed
  bool greedy = false, ignore_end = false;
};
struct GenerateResult {
  int64_t token_count = 0;
  double prompt_ms = 0, tokens_per_second = 0;
  bool ended = false;
};
using TokenSink = std::function<bool(int32_t token, std::string_view text)>;  // false: stop

struct ResumePoint;  // resume.h
class Ranks;         // ranks.h

// Whatever may last takes a StopToken. What a step or a checkpoint is worth outlasts a stop in good
// order, so only cancelling ends these.
class Session {
 public:
  static StatusOr<std::unique_ptr<Session>> create(const config::Config& config,
                                                   const SessionOptions& options);
  static StatusOr<std::unique_ptr<Session>> create_from_graph(const config::Config& config,
                                                              const graph::Graph& graph,
                                                              const SessionOptions& options);
  // Over a run directory, a checkpoint or a Hugging Face directory, alone. `overrides` may be null;
  // what it sets beyond its defaults replaces what the run was trained with.
  static StatusOr<std::unique_ptr<Session>> open(const std::string& path,
                                                 const config::Config* overrides,
                                                 StopToken* stop = nullptr);
  ~Session();

  SessionInfo info() const;
  const config::Config& config() const;
  std::shared_ptr<const data::Tokenizer> tokenizer() const;  // null: none

  Status step(std::span<const CallerBatch> batches, StepMetrics* metrics,
              StopToken* stop = nullptr);
  Status step_on_data(StepMetrics* metrics, StopToken* stop = nullptr,
                      OnStop on_stop = OnStop::kFinish);
  Status step_inputs(std::span<const InputView> inputs, StepMetrics* metrics,
                     StopToken* stop = nullptr);
  // On what is in the first of the session's own batches.
  Status step_on_filled(size_t count, StepMetrics* metrics, StopToken* stop = nullptr,
                        OnStop on_stop = OnStop::kFinish);
  // The halves of a step; see Trainer.
  Status backward(std::span<const CallerBatch> batches, const BackwardOptions& options,
                  StepMetrics* metrics, StopToken* stop = nullptr);
  Status backward_inputs(std::span<const InputView> inputs, const BackwardOptions& options,
                         StepMetrics* metrics, StopToken* stop = nullptr);
  Status apply(std::optional<double> learning_rate, StepMetrics* metrics);
  // A caller's graph on one micro-batch, without gradients: losses in the metrics.
  Status forward_inputs(std::span<const InputView> inputs, StepMetrics* metrics,
                        StopToken* stop = nullptr);
  // An output of a caller's graph, as its last backward or forward left it; as large as it is.
  Status read_output(std::string_view name, std::span<std::byte> out);
  StatusOr<int64_t> input_count() const;  // that step_inputs() takes
  StatusOr<Evaluation> evaluate(StopToken* stop = nullptr);
  // On the caller's batches, as one.
  StatusOr<Evaluation> evaluate_batches(std::span<const CallerBatch> batches,
                                        StopToken* stop = nullptr);
  // `source` null: on the data of data.*.
  StatusOr<TrainResult> train(const EventSink& sink, const BatchSource& source = nullptr,
                              StopToken* stop = nullptr);

  // `logits` holds tokens.size() * vocab_size floats.
  Status logits(std::span<const int32_t> tokens, std::span<float> logits,
                StopToken* stop = nullptr);
  Status write_logits(std::span<const int32_t> tokens, const std::string& path,
                      StopToken* stop = nullptr);
  StatusOr<GenerateResult> generate(std::span<const int32_t> prompt, const GenerateOptions& options,
                                    const TokenSink& sink, StopToken* stop = nullptr);

  const std::vector<StateTensor>& state_tensors() const;
  // Its own memory. FAILED_PRECONDITION: it is not the host's.
  StatusOr<StateMemory> memory_of(const StateTensor& tensor) const;
  // All elements that are here, copied, wherever they are. Nothing is written to a copy in BF16:
  // INVALID_ARGUMENT.
  Status read_tensor(const StateTensor& tensor, std::span<float> to) const;
  Status write_tensor(const StateTensor& tensor, std::span<const float> from);
  // Keeps the memory of state_tensors() alive beyond the session.
  std::shared_ptr<exec::StateStore> state() const;

  // "" saves among the run directory's checkpoints and applies retention. Returns the path.
  StatusOr<std::string> save(const std::string& path, StopToken* stop = nullptr);
  // The state is the saved one or, after an error, the one before.
  Status restore(const std::string& path, StopToken* stop = nullptr);
  Status export_hf(const std::string& directory, StopToken* stop = nullptr);

  struct Impl;  // session_impl.h

 private:
  explicit Session(std::unique_ptr<Impl> impl);
  static StatusOr<std::unique_ptr<Session>> create_from(const config::Config& config,
                                                        const graph::Graph* graph,
                                                        const SessionOptions& options,
                                                        const Ranks& ranks);
  Status start(const std::optional<ResumePoint>& resume);
  Status step_on_plan(StepMetrics* metrics, StopToken* stop);
  std::unique_ptr<Impl> impl_;
};

// The plan that training would run, without allocating any of it. `graph` null: the model of
// model.*. A limit of runtime.memory_limit is not applied: the caller compares memory.total().
StatusOr<plan::Program> plan_training(const config::Config& config, const graph::Graph* graph);

// raddle_checkpoint_export().
Status export_checkpoint(const std::string& from, std::string_view format, const std::string& to,
                         StopToken* stop = nullptr);

}  // namespace raddle::session
