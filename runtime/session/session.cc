// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/session.h"

#include <algorithm>
#include <cstring>

#include "checkpoint/safetensors.h"
#include "runtime/base/staged_file.h"
#include "runtime/models/build_model.h"
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
    RADDLE_ASSIGN_OR_RETURN(temporary, TemporaryDirectory::create());
  }
  return temporary->path();
}

Status Session::Impl::open_data(bool with_train, const std::atomic<bool>* cancel) {
  if (loaders_open) return Status::ok();
  if (config.get_list("data.path").empty() && config.get_list("data.validation_path").empty()) {
    return Status::ok();
  }
  RADDLE_ASSIGN_OR_RETURN(const std::string directory, shard_directory());
  RADDLE_ASSIGN_OR_RETURN(
      loaders, open_loaders(config, tokenizer.get(), {directory, tokens_of_run}, model->context,
                            model->vocab_size, with_train, cancel));
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

void Session::Impl::list_tensors() {
  tensors.clear();
  for (const StateKind& kind : kStateKinds) {
    for (size_t i = 0; i < store->parameters().size(); ++i) {
      const auto parameter = static_cast<int32_t>(i);
      if (!store->has(parameter, kind.role)) continue;
      const exec::ParameterInfo& info = store->parameters()[i];
      tensors.push_back({kind.prefix + info.name, info.shape, parameter, kind.role});
    }
  }
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
  info.steps_done = s.trainer ? s.trainer->counters().step : s.step_opened;
  info.tokens_done = s.trainer ? s.trainer->counters().tokens : s.tokens_opened;
  info.steps_total = s.config.get_int("train.steps");
  info.flops_per_token = static_cast<int64_t>(s.flops_per_token());
  size_t bytes = s.store->bytes();
  if (s.trainer) bytes += s.trainer->executor().arena_bytes();
  if (s.evaluator) bytes += s.evaluator->bytes();
  if (s.generator) bytes += s.generator->bytes();
  if (s.logits.executor) bytes += s.logits.executor->arena_bytes();
  info.memory_bytes = static_cast<int64_t>(bytes);
  info.threads = s.device->caps().threads;
  return info;
}

const config::Config& Session::config() const { return impl_->config; }
std::shared_ptr<const data::Tokenizer> Session::tokenizer() const { return impl_->tokenizer; }
const std::vector<StateTensor>& Session::state_tensors() const { return impl_->tensors; }

StatusOr<std::span<float>> Session::memory_of(const StateTensor& tensor) const {
  if (impl_->store->is_host()) return impl_->store->values(tensor.parameter, tensor.role);
  return failed_precondition(
      "{} lies in the memory of {}, which the host cannot follow a pointer "
      "to; copy it instead",
      tensor.name, impl_->device->caps().name);
}

std::shared_ptr<exec::StateStore> Session::state() const { return impl_->store; }

namespace {

// A caller's micro-batch as a full one: padded, with targets, positions and weights where the
// caller gave none. Everything that a kernel will index with is checked.
Status fill_batch(const CallerBatch& from, const models::ModelConfig& model, data::Batch& batch) {
  const size_t count = from.tokens.size(), capacity = batch.tokens.size();
  if (count == 0 || count > capacity) {
    return invalid_argument("a batch has {} tokens, expected 1 to {} (train.micro_batch_tokens)",
                            count, capacity);
  }
  batch.clear();
  std::copy(from.tokens.begin(), from.tokens.end(), batch.tokens.begin());
  const auto valid = static_cast<int32_t>(count);
  std::fill(batch.cu_seqlens.begin(), batch.cu_seqlens.end(), valid);
  batch.cu_seqlens[0] = 0;
  const auto cu = from.cu_seqlens;
  if (!cu.empty()) {
    if (cu.size() > capacity + 1 || cu.front() != 0 || cu.back() != valid ||
        !std::is_sorted(cu.begin(), cu.end())) {
      return invalid_argument("cu_seqlens must rise from 0 to the number of tokens, {}", count);
    }
    std::copy(cu.begin(), cu.end(), batch.cu_seqlens.begin());
  }
  for (size_t i = 1; i < batch.cu_seqlens.size(); ++i) {
    const int32_t length = batch.cu_seqlens[i] - batch.cu_seqlens[i - 1];
    if (length > model.context) {
      return invalid_argument("sequence {} has {} tokens, more than model.context {}", i - 1,
                              length, model.context);
    }
  }
  if (from.targets.empty()) {
    RADDLE_RETURN_IF_ERROR(data::fill_targets(batch));
    if (!from.weights.empty()) {
      for (size_t i = 0; i < count; ++i) batch.weights[i] *= from.weights[i];
      RADDLE_RETURN_IF_ERROR(data::complete_batch(batch));
    }
  } else {
    std::copy(from.targets.begin(), from.targets.end(), batch.targets.begin());
    for (size_t i = 0; i < count; ++i)
      batch.weights[i] = from.weights.empty() ? 1 : from.weights[i];
    RADDLE_RETURN_IF_ERROR(data::complete_batch(batch));
  }
  for (size_t i = 0; i < from.positions.size(); ++i) {
    if (from.positions[i] < 0 || from.positions[i] >= model.context) {
      return invalid_argument("positions[{}] is {}, expected 0 to {}", i, from.positions[i],
                              model.context - 1);
    }
    batch.positions[i] = from.positions[i];
  }
  return data::check_batch(batch, model.vocab_size);
}

Status need_trainer(const Session::Impl& impl) {
  if (impl.trainer != nullptr) return Status::ok();
  return failed_precondition(
      "this session was opened to evaluate and generate; create one from a config to train");
}

}  // namespace

Status Session::step(std::span<const CallerBatch> batches, StepMetrics* metrics) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(need_trainer(s));
  RADDLE_RETURN_IF_ERROR(s.need_model("a step on token batches"));
  if (batches.empty() || batches.size() > s.batches.size()) {
    return invalid_argument("{} micro-batches, expected 1 to {} (train.micro_batches)",
                            batches.size(), s.batches.size());
  }
  std::vector<const data::Batch*>& filled = s.filled;
  filled.clear();
  for (size_t i = 0; i < batches.size(); ++i) {
    Status status = fill_batch(batches[i], *s.model, s.batches[i]);
    if (!status.is_ok()) return std::move(status).with_context(fmt::format("micro-batch {}", i));
    filled.push_back(&s.batches[i]);
  }
  s.trainer->executor().set_abort_flag(&cancel_);
  return s.trainer->step(filled, s.flops_per_token(), metrics);
}

Status Session::step_on_data(StepMetrics* metrics) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(need_trainer(s));
  if (s.loaders.train == nullptr) {
    return failed_precondition("there is no training data; set data.path");
  }
  std::vector<const data::Batch*>& filled = s.filled;
  filled.clear();
  for (data::Batch& batch : s.batches) {
    const auto more = s.loaders.train->next(batch);
    if (!more.is_ok()) {
      s.loaders.train->rollback();
      return more.status();
    }
    RADDLE_ASSERT(*more);  // training data repeats
    filled.push_back(&batch);
  }
  s.trainer->executor().set_abort_flag(&cancel_);
  Status status = s.trainer->step(filled, s.flops_per_token(), metrics);
  if (status.is_ok() || status.code() == Code::kNumeric) {
    s.loaders.train->commit();
  } else {
    s.loaders.train->rollback();
  }
  return status;
}

Status Session::step_inputs(std::span<const InputView> inputs, StepMetrics* metrics) {
  RADDLE_RETURN_IF_ERROR(need_trainer(*impl_));
  impl_->trainer->executor().set_abort_flag(&cancel_);
  return impl_->trainer->step_inputs(inputs, metrics);
}

StatusOr<int64_t> Session::input_count() const {
  RADDLE_RETURN_IF_ERROR(need_trainer(*impl_));
  return impl_->trainer->input_count();
}

plan::PlanOptions Session::Impl::further_options() const {
  plan::PlanOptions further = plan_options_from(config, false, true);
  const size_t roles = store->has_optimizer() ? 4 : 1;
  further.held_bytes = store->bytes() - store->bytes() / roles;
  if (trainer != nullptr) further.held_bytes += trainer->program().arena_bytes;
  return further;
}

Status Session::Impl::need_evaluator() {
  if (evaluator != nullptr) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(
      evaluator, Evaluator::create(*model, capacity(), further_options(), *store, *device));
  return Status::ok();
}

StatusOr<Evaluation> Session::evaluate() {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(s.need_model("evaluation"));
  RADDLE_RETURN_IF_ERROR(s.open_data(false, &cancel_));
  if (s.loaders.validation == nullptr) {
    return failed_precondition(
        "there is no validation data; set data.validation_path, or data.path with "
        "data.validation_fraction above 0");
  }
  RADDLE_RETURN_IF_ERROR(s.need_evaluator());
  RADDLE_ASSIGN_OR_RETURN(Evaluation out, s.evaluator->run(*s.loaders.validation,
                                                           s.config.get_int("train.eval_batches"),
                                                           s.tokenizer.get(), stop_, cancel_));
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

Status Session::logits(std::span<const int32_t> tokens, std::span<float> logits) {
  Impl& s = *impl_;
  RADDLE_RETURN_IF_ERROR(s.need_model("logits"));
  RADDLE_RETURN_IF_ERROR(check_tokens(tokens, *s.model));
  const auto rows = static_cast<int64_t>(tokens.size());
  const size_t needed = tokens.size() * static_cast<size_t>(s.model->vocab_size);
  if (logits.size() < needed) {
    return invalid_argument("room for {} floats, {} tokens of {} logits need {}", logits.size(),
                            tokens.size(), s.model->vocab_size, needed);
  }
  if (s.logits_rows != rows) {
    RADDLE_ASSIGN_OR_RETURN(graph::Graph graph,
                            models::build_model(*s.model, {models::GraphMode::kLogits, rows, 0}));
    RADDLE_ASSIGN_OR_RETURN(
        s.logits, plan_and_bind(std::move(graph), s.further_options(), *s.store, *s.device));
    s.logits_rows = rows;
  }
  data::Batch batch(rows);
  RADDLE_RETURN_IF_ERROR(fill_batch({.tokens = tokens}, *s.model, batch));
  exec::StepExecutor& executor = *s.logits.executor;
  RADDLE_RETURN_IF_ERROR(BatchInputs(executor).fill(batch, 1));
  executor.set_abort_flag(&cancel_);
  RADDLE_RETURN_IF_ERROR(executor.run_micro_batch(true));
  RADDLE_RETURN_IF_ERROR(executor.read(executor.port("logits"), logits.first(needed)));
  return check_logits(logits.first(needed), s.model->vocab_size);
}

Status Session::write_logits(std::span<const int32_t> tokens, const std::string& path) {
  RADDLE_RETURN_IF_ERROR(impl_->need_model("logits"));
  RADDLE_RETURN_IF_ERROR(check_tokens(tokens, *impl_->model));
  RADDLE_ASSIGN_OR_RETURN(StagedFile staged,
                          StagedFile::create(file_system(), path, Existing::kKeep));
  const auto rows = static_cast<int64_t>(tokens.size());
  std::vector<float> values(tokens.size() * static_cast<size_t>(impl_->model->vocab_size));
  RADDLE_RETURN_IF_ERROR(logits(tokens, values));
  const checkpoint::TensorView view{
      "logits", DType::kF32, {rows, impl_->model->vocab_size}, values.data()};
  RADDLE_RETURN_IF_ERROR(
      checkpoint::write_safetensors(staged.file(), path, std::span(&view, 1), {}).status());
  return staged.publish();
}

StatusOr<GenerateResult> Session::generate(std::span<const int32_t> prompt,
                                           const GenerateOptions& options, const TokenSink& sink) {
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
  if (complete.temperature == 0) complete.temperature = s.config.get_double("generate.temperature");
  if (complete.temperature == 0) complete.greedy = true;
  if (complete.top_k == 0) complete.top_k = s.config.get_int("generate.top_k");
  if (complete.seed == 0) complete.seed = static_cast<uint64_t>(s.config.get_int("generate.seed"));
  if (complete.max_tokens < 1 || !(complete.temperature >= 0) || complete.top_k < 0) {
    return invalid_argument("max_tokens {}, temperature {} and top_k {} must not be negative",
                            complete.max_tokens, complete.temperature, complete.top_k);
  }
  if (s.generator == nullptr) {
    RADDLE_ASSIGN_OR_RETURN(s.generator,
                            Generator::create(*s.model, s.further_options(), *s.store, *s.device));
  }
  return s.generator->run(prompt, complete, s.tokenizer.get(), stop_, cancel_, sink);
}

}  // namespace raddle::session
