// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/session.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "checkpoint/safetensors.h"
#include "runtime/base/staged_file.h"
#include "runtime/models/build_model.h"
#include "runtime/session/caller_batch.h"
#include "runtime/session/finite.h"
#include "runtime/session/session_impl.h"

namespace raddle::session {

double Session::Impl::flops_per_token() const {
  if (!model.has_value() || flops > 0) return flops;
  flops = models::flops_per_token(*model, sequence_length(config, model->context));
  return flops;
}

StatusOr<std::string> Session::Impl::shard_directory() {
  const std::string& cache = config.get_string("data.cache_dir");
  if (!cache.empty()) return cache;
  if (run.exists()) return run.tokens();
  if (!temporary.has_value()) {
    RADDLE_ASSIGN_OR_RETURN(temporary, runs::TemporaryDirectory::create());
  }
  return temporary->path();
}

bool Session::Impl::has_data() const {
  return !config.get_list("data.path").empty() || !config.get_list("data.validation_path").empty();
}

Status Session::Impl::open_data(bool with_train, StopToken* stop) {
  if (loaders_open || !has_data()) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(const std::string directory, shard_directory());
  RADDLE_RETURN_IF_ERROR(open_data_in(directory, with_train, stop));
  // Open files need no name, and so nothing of them is left however the process ends.
  temporary.reset();
  return Status::ok();
}

Status Session::Impl::open_data_together(StopToken* stop) {
  if (ranks.is_alone() || !has_data()) return open_data(true, stop);
  const auto prepare = [&]() -> StatusOr<std::string> {
    RADDLE_ASSIGN_OR_RETURN(std::string directory, shard_directory());
    RADDLE_RETURN_IF_ERROR(open_data_in(directory, true, stop));
    return directory;
  };
  RADDLE_ASSIGN_OR_RETURN(const std::string directory,
                          ranks.share(ranks.leads() ? prepare() : std::string()));
  RADDLE_RETURN_IF_ERROR(ranks.agree(open_data_in(directory, true, stop)));
  temporary.reset();
  return Status::ok();
}

Status Session::Impl::open_data_in(const std::string& directory, bool with_train, StopToken* stop) {
  if (loaders_open) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(
      loaders, open_loaders(config, tokenizer.get(), {directory, tokens_of_run}, model->context,
                            model->vocab_size, with_train, stop));
  for (const data::Loader* loader : {loaders.train.get(), loaders.validation.get()}) {
    if (loader == nullptr) continue;
    const int64_t size = tokenizer != nullptr
                             ? std::min(loader->vocab_size(), tokenizer->document_vocab_size())
                             : loader->vocab_size();
    if (size > model->vocab_size) {
      return invalid_argument("the data has ids up to {}, the model a vocabulary of {}", size - 1,
                              model->vocab_size);
    }
  }
  loaders_open = true;
  return Status::ok();
}

Status Session::Impl::check_callers_batches() const {
  if (!is_hybrid()) return Status::ok();
  return unimplemented(
      "mesh.placement is hybrid, which places the sequences of data.path; a caller's batches stay "
      "where they are: set it to micro_batch");
}

Status Session::Impl::need_model(const char* what) const {
  if (model.has_value()) return Status::ok();
  return failed_precondition("{} needs a ready-made model; this session was made from a graph",
                             what);
}

SessionInfo Session::info() const {
  const Impl& s = *impl_;
  SessionInfo info;
  for (const exec::ParameterInfo& p : s.store->parameters())
    info.parameter_elements += p.elements();
  if (s.model.has_value()) {
    info.vocab_size = s.model->vocab_size;
    info.context_tokens = s.model->context;
  }
  info.micro_batch_tokens = s.capacity();
  info.micro_batches = s.config.get_int("train.micro_batches");
  info.steps_done = s.store->counters().step;
  info.tokens_done = s.store->counters().tokens;
  info.steps_total = s.config.get_int("train.steps");
  info.flops_per_token = static_cast<int64_t>(s.flops_per_token());
  size_t bytes = s.store->bytes();
  if (s.trainer) bytes += s.trainer->executor().arena_bytes();
  if (s.evaluator) bytes += s.evaluator->bytes();
  for (const auto& generator : s.generators) bytes += generator->bytes();
  for (const auto& program : s.logits) bytes += program.planned.executor->arena_bytes();
  info.memory_bytes = static_cast<int64_t>(bytes);
  info.threads = s.device->caps().threads;
  return info;
}

const config::Config& Session::config() const { return impl_->config; }
std::shared_ptr<const data::Tokenizer> Session::tokenizer() const { return impl_->tokenizer; }
const std::vector<StateTensor>& Session::state_tensors() const { return impl_->tensors; }

StatusOr<StateMemory> Session::memory_of(const StateTensor& tensor) const {
  if (impl_->store->is_host()) return lend_memory(*impl_->store, tensor);
  return failed_precondition(
      "{} lies in the memory of {}, which the host cannot follow a pointer to; copy it instead",
      tensor.name, impl_->device->caps().name);
}

std::shared_ptr<exec::StateStore> Session::state() const { return impl_->store; }

Status Session::read_tensor(const StateTensor& tensor, std::span<float> to) const {
  return session::read_tensor(*impl_->store, tensor, to);
}

Status Session::write_tensor(const StateTensor& tensor, std::span<const float> from) {
  return session::write_tensor(*impl_->store, tensor, from);
}

plan::PlanOptions Session::Impl::further_options() const {
  plan::PlanOptions further = plan_options_from(config, false, true);
  // Parameters and their copies are part of the plan.
  further.held_bytes =
      store->bytes() - store->bytes(exec::Role::kMaster) - store->bytes(exec::Role::kCompute);
  if (trainer != nullptr) further.held_bytes += trainer->program().arena_bytes;
  return further;
}

Status Session::Impl::need_evaluator() {
  if (evaluator != nullptr) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(
      evaluator, Evaluator::create(*model, capacity(), further_options(), *store, *device));
  return Status::ok();
}

StatusOr<Evaluation> Session::evaluate(StopToken* stop) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(s.need_model("evaluation"));
  RADDLE_RETURN_IF_ERROR(s.open_data(false, stop));
  if (s.loaders.validation == nullptr) {
    return failed_precondition(
        "there is no validation data; set data.validation_path, or data.path with "
        "data.validation_fraction above 0");
  }
  RADDLE_RETURN_IF_ERROR(s.need_evaluator());
  data::Loader& loader = *s.loaders.validation;
  loader.rewind();
  const int64_t batches = s.config.get_int("train.eval_batches");  // 0: all
  begin_work(stop, batches);
  int64_t at = 0;
  const auto next = [&](data::Batch& batch) -> StatusOr<bool> {
    // What other ranks evaluate is passed over.
    for (; batches == 0 || at < batches; ++at) {
      if (!s.part().takes(at)) {
        if (!loader.skip()) return false;
        continue;
      }
      ++at;
      return loader.next(batch);
    }
    return false;
  };
  // A part is no result, so that ranks which stopped would have to do so at the same batch.
  StopToken cancelling = StopToken::cancel_only(stop);
  StopToken* const until = s.ranks.is_alone() ? stop : &cancelling;
  auto done = s.evaluator->run(next, s.tokenizer.get(), until, s.ranks);
  if (!done.is_ok()) s.ranks.leave(done.status());
  RADDLE_ASSIGN_OR_RETURN(Evaluation out, std::move(done));
  out.step = info().steps_done;
  return out;
}

StatusOr<Evaluation> Session::evaluate_batches(std::span<const CallerBatch> batches,
                                               StopToken* stop) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(s.need_model("evaluation"));
  RADDLE_RETURN_IF_ERROR(s.need_evaluator());
  begin_work(stop, static_cast<int64_t>(batches.size()));
  size_t at = 0;
  const auto next = [&](data::Batch& batch) -> StatusOr<bool> {
    if (at == batches.size()) return false;
    Status status = fill_batch(batches[at], *s.model, batch);
    if (!status.is_ok()) return std::move(status).with_context(fmt::format("micro-batch {}", at));
    ++at;
    return true;
  };
  RADDLE_ASSIGN_OR_RETURN(Evaluation out, s.evaluator->run(next, s.tokenizer.get(), stop, Ranks()));
  out.step = info().steps_done;
  return out;
}

namespace {

Status check_tokens(std::span<const int32_t> tokens, const models::ModelConfig& model) {
  if (tokens.empty() || static_cast<int64_t>(tokens.size()) > model.context) {
    return invalid_argument("{} tokens, expected 1 to {} (the model's context)", tokens.size(),
                            model.context);
  }
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || tokens[i] >= model.vocab_size) {
      return invalid_argument("token {} is {}, expected 0 to {}", i, tokens[i],
                              model.vocab_size - 1);
    }
  }
  return Status::ok();
}

}  // namespace

// Of as many rows as a power of two, so that prompts of all lengths need few programs. The number
// of rows follows from that of the tokens alone: it decides the last bits.
StatusOr<Session::Impl::LogitsProgram*> Session::Impl::need_logits(int64_t tokens) {
  constexpr uint64_t kLeast = 16;
  constexpr size_t kKept = 2;
  const int64_t rows =
      std::min(static_cast<int64_t>(std::bit_ceil(std::max(static_cast<uint64_t>(tokens), kLeast))),
               model->context);
  const auto found = std::find_if(logits.begin(), logits.end(),
                                  [&](const LogitsProgram& one) { return one.rows == rows; });
  if (found != logits.end()) {
    std::rotate(logits.begin(), found, found + 1);
    return &logits.front();
  }
  if (logits.size() == kKept) logits.pop_back();
  RADDLE_ASSIGN_OR_RETURN(graph::Graph graph,
                          models::build_model(*model, {models::GraphMode::kLogits, rows, 0}));
  RADDLE_ASSIGN_OR_RETURN(PlannedProgram planned,
                          plan_and_bind(std::move(graph), further_options(), *store, *device));
  logits.insert(logits.begin(), LogitsProgram{rows, std::move(planned)});
  return &logits.front();
}

Status Session::logits(std::span<const int32_t> tokens, std::span<float> logits, StopToken* stop) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(s.need_model("logits"));
  RADDLE_RETURN_IF_ERROR(check_tokens(tokens, *s.model));
  const auto rows = static_cast<int64_t>(tokens.size());
  const size_t needed = tokens.size() * static_cast<size_t>(s.model->vocab_size);
  if (logits.size() < needed) {
    return invalid_argument("room for {} floats, {} tokens of {} logits need {}", logits.size(),
                            tokens.size(), s.model->vocab_size, needed);
  }
  RADDLE_ASSIGN_OR_RETURN(const Impl::LogitsProgram* program, s.need_logits(rows));
  data::Batch batch(program->rows);
  RADDLE_RETURN_IF_ERROR(fill_batch({.tokens = tokens}, *s.model, batch));
  exec::StepExecutor& executor = *program->planned.executor;
  RADDLE_RETURN_IF_ERROR(BatchInputs(executor).fill(batch, 1));
  const exec::StopScope scope(executor, stop);
  RADDLE_RETURN_IF_ERROR(executor.run_micro_batch(true));
  RADDLE_RETURN_IF_ERROR(executor.read_floats(executor.port("logits"), logits.first(needed)));
  return check_logits(logits.first(needed), s.model->vocab_size);
}

Status Session::write_logits(std::span<const int32_t> tokens, const std::string& path,
                             StopToken* stop) {
  RADDLE_RETURN_IF_ERROR(impl_->need_model("logits"));
  RADDLE_RETURN_IF_ERROR(check_tokens(tokens, *impl_->model));
  const auto rows = static_cast<int64_t>(tokens.size());
  // Whether there is room for the computation is known before memory for its result is taken.
  RADDLE_RETURN_IF_ERROR(impl_->need_logits(rows).status());
  RADDLE_ASSIGN_OR_RETURN(StagedFile staged,
                          StagedFile::create(file_system(), path, Existing::kKeep));
  std::vector<float> values(tokens.size() * static_cast<size_t>(impl_->model->vocab_size));
  RADDLE_RETURN_IF_ERROR(logits(tokens, values, stop));
  const checkpoint::TensorView view{
      "logits", DType::kF32, {rows, impl_->model->vocab_size}, values.data()};
  RADDLE_RETURN_IF_ERROR(
      checkpoint::write_safetensors(staged.file(), path, std::span(&view, 1), {}, stop).status());
  return staged.publish();
}

namespace {

// How deep generations may stand in callbacks of others: each has a cache for a whole context.
constexpr size_t kGenerationsMax = 8;

class UnderWay {
 public:
  UnderWay(size_t& count, std::vector<std::unique_ptr<Generator>>& generators)
      : count_(count), generators_(generators) {
    ++count_;
  }
  // One is kept, for the next text.
  ~UnderWay() {
    if (--count_ == 0) generators_.resize(1);
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  size_t& count_;
  std::vector<std::unique_ptr<Generator>>& generators_;
};

}  // namespace

StatusOr<GenerateResult> Session::generate(std::span<const int32_t> prompt,
                                           const GenerateOptions& options, const TokenSink& sink,
                                           StopToken* stop) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(s.need_model("generation"));
  if (static_cast<int64_t>(prompt.size()) >= s.model->context) {
    return invalid_argument(
        "the prompt has {} tokens, expected at most {}, as model.context is {}; shorten it",
        prompt.size(), s.model->context - 1, s.model->context);
  }
  RADDLE_RETURN_IF_ERROR(check_tokens(prompt, *s.model));
  GenerateOptions complete = options;
  if (complete.max_tokens == 0) complete.max_tokens = s.config.get_int("generate.max_tokens");
  if (complete.temperature < 0) complete.temperature = s.config.get_double("generate.temperature");
  if (complete.temperature == 0) complete.greedy = true;
  if (complete.top_k < 0) complete.top_k = s.config.get_int("generate.top_k");
  if (complete.seed < 0) complete.seed = s.config.get_int("generate.seed");
  if (complete.max_tokens < 1 || !(complete.temperature >= 0) || complete.top_k < 0) {
    return invalid_argument("max_tokens {}, temperature {} and top_k {} must not be negative",
                            complete.max_tokens, complete.temperature, complete.top_k);
  }
  if (s.generations == kGenerationsMax) {
    return failed_precondition(
        "{} generations of this session are under way, each in a callback of the one before; "
        "expected at most that many: generate when one of them is over, or with another session",
        s.generations);
  }
  if (s.generations == s.generators.size()) {
    plan::PlanOptions more = s.further_options();
    for (const auto& other : s.generators) more.held_bytes += other->bytes();
    RADDLE_ASSIGN_OR_RETURN(auto made, Generator::create(*s.model, more, *s.store, *s.device));
    s.generators.push_back(std::move(made));
  }
  Generator& generator = *s.generators[s.generations];
  const UnderWay under_way(s.generations, s.generators);
  return generator.run(prompt, complete, s.tokenizer.get(), stop, sink);
}

}  // namespace raddle::session
