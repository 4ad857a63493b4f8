// SPDX-License-Identifier: Apache-2.0
// What a Session holds. Shared by the files that implement it: create.cc makes one, session.cc runs
// it, train_loop.cc drives it to the end, persistence.cc saves and restores it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/exec/rank_exchange.h"
#include "runtime/runs/resume_check.h"
#include "runtime/runs/run_directory.h"
#include "runtime/runs/temporary_directory.h"
#include "runtime/session/data_pipeline.h"
#include "runtime/session/evaluator.h"
#include "runtime/session/generator.h"
#include "runtime/session/hybrid_step.h"
#include "runtime/session/ranks.h"
#include "runtime/session/session.h"
#include "runtime/session/trainer.h"

namespace raddle::session {

// A caller's graph without gradients.
struct GraphForward {
  PlannedProgram planned;
  InputCheck check;
};

struct Session::Impl {
  Impl(const config::Config& c, const SessionOptions& o, const Ranks& r = {})
      : config(c),
        options(o),
        ranks(r),
        run(o.run_directory, r.leads() ? runs::RunPart::kWriter : runs::RunPart::kFollower) {}
  // As the config wants it; the config then names the matrix library, which a resumed run keeps.
  // RESOURCE_EXHAUSTED: no threads to run on. UNAVAILABLE: no such library.
  Status open_device();

  config::Config config;
  SessionOptions options;
  const Ranks ranks;
  runs::RunDirectory run;
  std::unique_ptr<device::Device> device;
  std::unique_ptr<exec::RankExchange> exchange;  // of a session that trains with other ranks
  // Shared with exported tensors, which may outlive the session.
  std::shared_ptr<exec::StateStore> store;
  std::vector<StateTensor> tensors;

  std::optional<models::ModelConfig> model;  // absent: made from a caller's graph
  std::string graph_text;                    // of the forward graph: what a checkpoint is of
  std::vector<runs::ChangedOption> changes;  // options that the run changed when it was resumed
  std::shared_ptr<const data::Tokenizer> tokenizer;
  std::optional<runs::TemporaryDirectory>
      temporary;            // token shards of a session without a directory, until they are open
  RunTokens tokens_of_run;  // of the run that an opened session looks at
  Loaders loaders;
  bool loaders_open = false;

  std::unique_ptr<Trainer> trainer;        // null: the session does not train
  std::vector<data::Batch> batches;        // train.micro_batches of them
  std::unique_ptr<HybridStep> hybrid;      // null: ranks take whole micro-batches
  std::vector<const data::Batch*> filled;  // those of the step under way, on this rank
  std::unique_ptr<Evaluator> evaluator;    // made when first used, as is the generator
  // More than one when a callback of a generation generates: a cache is for one text.
  std::vector<std::unique_ptr<Generator>> generators;
  size_t generations = 0;                  // under way
  std::unique_ptr<GraphForward> forward;   // of a caller's graph
  exec::StepExecutor* last_run = nullptr;  // of a caller's graph: whose outputs are the latest
  struct LogitsProgram {
    int64_t rows;
    PlannedProgram planned;
  };
  std::vector<LogitsProgram> logits;  // the two last used, the last one first
  mutable double flops = 0;           // of flops_per_token(), once known

  int64_t capacity() const { return config.get_int("train.micro_batch_tokens"); }
  // Whether steps are spread over ranks by a plan of their sequences.
  bool is_hybrid() const {
    return !ranks.is_alone() && config.get_string("mesh.placement") == "hybrid";
  }
  // Rows of a micro-batch that this rank trains on.
  int64_t training_capacity() const {
    const int64_t own = config.get_int("mesh.capacity");
    return is_hybrid() && own > 0 ? own : capacity();
  }
  double flops_per_token() const;  // 0 for a caller's graph; counts parameters once
  data::RankPart part() const { return {ranks.rank(), ranks.size()}; }
  StatusOr<std::string> shard_directory();
  bool has_data() const;
  Status open_data(bool with_train, StopToken* stop);
  Status open_data_in(const std::string& directory, bool with_train, StopToken* stop);
  // Rank 0 tokenizes what is not yet, then the others open it too.
  Status open_data_together(StopToken* stop);
  void list_tensors() { tensors = list_state_tensors(*store); }
  Status need_model(const char* what) const;
  // A caller's batches stay where they are. UNIMPLEMENTED: hybrid placement would move them.
  Status check_callers_batches() const;
  // Of a checkpoint, beside its tensors.
  StatusOr<nlohmann::json> state_json() const;
  // Around a checkpoint among the run's own, which are then thinned out.
  Status before_saving_to_run();
  void after_saving_to_run(int64_t step);
  // Session::save() of several ranks, of which each writes what it holds.
  StatusOr<std::string> save_together(const std::string& path, StopToken* stop);
  // Before the first thing is written to the run directory.
  Status begin_run() { return run.begin(config, tokenizer.get()); }
  // For programs beside the one that trains: what is held already counts against the limit.
  plan::PlanOptions further_options() const;
  Status need_evaluator();
  // A program that computes the logits of that many tokens.
  StatusOr<LogitsProgram*> need_logits(int64_t tokens);
};

}  // namespace raddle::session
