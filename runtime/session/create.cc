// SPDX-License-Identifier: Apache-2.0
// The ways to a Session: from a config, from a graph, from something on disk.
#include <filesystem>
#include <tuple>

#include "kernels/cpu/matrix/blas.h"
#include "runtime/base/log.h"
#include "runtime/config/changed_defaults.h"
#include "runtime/config/options.h"
#include "runtime/data/unread_tokenizer.h"
#include "runtime/data/utf8.h"
#include "runtime/graph/autodiff.h"
#include "runtime/graph/text.h"
#include "runtime/models/build_model.h"
#include "runtime/models/hf_config.h"
#include "runtime/models/model_keys.h"
#include "runtime/session/hf_match.h"
#include "runtime/session/init_source.h"
#include "runtime/session/parameter_groups.h"
#include "runtime/session/planned_device.h"
#include "runtime/session/resume.h"
#include "runtime/session/session_impl.h"
#include "runtime/session/unused_options.h"
#include "runtime/session/weights.h"

namespace raddle::session {
namespace {

graph::AutodiffOptions autodiff_options(const config::Config& config,
                                        const GroupedParameters& groups) {
  return {.recompute_blocks = config.get_string("train.recompute") == "block",
          .frozen = groups.frozen()};
}

// Special ids of the tokenizer where the model does not name its own. One beyond the embedding,
// such as a pad token that was added later, is of no use to the model. `where` is whose they are.
void adopt_special_tokens(const data::Tokenizer* tokenizer, const std::string& where,
                          models::ModelConfig* model) {
  if (tokenizer == nullptr) return;
  const data::SpecialTokens& special = tokenizer->special();
  const std::tuple<const char*, std::optional<int32_t>, int32_t*> all[] = {
      {"bos_token", special.bos, &model->bos_id},
      {"eos_token", special.eos, &model->eos_id},
      {"pad_token", special.pad, &model->pad_id}};
  for (const auto& [name, id, place] : all) {
    if (*place >= 0 || !id) continue;
    if (*id < model->vocab_size) {
      *place = *id;
      continue;
    }
    log_warning("{}: ignored, because vocab_size is {}: {} {}, id {}", where, model->vocab_size,
                name, tokenizer->spelling(*id), *id);
  }
}

// A caller who brings the batches may have a smaller vocabulary than data.tokenizer, whose tokens
// they then are not.
bool is_of_other_tokens(const config::Config& config, const models::ModelConfig* of_weights,
                        const data::Tokenizer& tokenizer) {
  const int64_t vocab_size =
      of_weights != nullptr ? of_weights->vocab_size : config.get_int("model.vocab_size");
  return config.get_list("data.path").empty() && vocab_size > 0 &&
         vocab_size < tokenizer.document_vocab_size();
}

const models::ModelConfig* pointer_to(const std::optional<models::ModelConfig>& model) {
  return model.has_value() ? &*model : nullptr;
}

StatusOr<models::ModelConfig> model_from(const config::Config& config,
                                         const models::ModelConfig* of_weights,
                                         const data::Tokenizer* tokenizer,
                                         const std::string& where) {
  if (tokenizer == nullptr) return models::model_config_from(config, 0, of_weights);
  RADDLE_ASSIGN_OR_RETURN(models::ModelConfig model,
                          models::model_config_from(config, tokenizer->vocab_size(), of_weights,
                                                    tokenizer->document_vocab_size()));
  adopt_special_tokens(tokenizer, where, &model);
  return model;
}

StatusOr<graph::Graph> training_graph(const models::ModelConfig& model,
                                      const config::Config& config) {
  return models::build_model(
      model, {models::GraphMode::kLoss, config.get_int("train.micro_batch_tokens"), 0});
}

// Of a run that goes on: what nobody set, and the record knows better than today's defaults.
Status keep_recorded(const ResumePoint& resume, config::Config* config) {
  config::Config record;
  RADDLE_RETURN_IF_ERROR(
      record.load_toml_text(resume.saved.config_toml, resume.checkpoint + " (config)"));
  RADDLE_RETURN_IF_ERROR(config::keep_recorded_defaults(record, config));
  RADDLE_RETURN_IF_ERROR(models::keep_recorded_model(record, config));
  return keep_recorded_library(resume.checkpoint, record, config);
}

// A caller's graph says itself what it computes in.
Status check_precision(const config::Config& config, const graph::Graph& graph) {
  const DType asked = models::precision_from(config);
  if (config.origin("train.precision").rank == config::OriginRank::kDefault ||
      asked == graph.precision()) {
    return Status::ok();
  }
  return invalid_argument(
      "train.precision is {}, but the graph is of {}, which is said when it is built; leave the "
      "option out or build the graph so",
      config.get_string("train.precision"), dtype_name(graph.precision()));
}

// What a caller set in `overrides` replaces what the run was trained with.
Status apply_overrides(const config::Config* overrides, config::Config* config) {
  if (overrides == nullptr) return Status::ok();
  for (const config::Option& option : config::options()) {
    if (overrides->origin(option.key).rank == config::OriginRank::kDefault) continue;
    RADDLE_RETURN_IF_ERROR(config->set(option.key, overrides->get_text(option.key)));
  }
  return Status::ok();
}

// A checkpoint keeps options and graph as UTF-8: what is none would train to the end and could
// never be saved.
Status check_text(const config::Config& config, std::string_view graph_text) {
  const auto check = [](const std::string& what, std::string_view text) {
    const size_t valid = data::utf8_valid_prefix(text);
    if (valid == text.size()) return Status::ok();
    return invalid_argument(
        "{}: byte {} is 0x{:02x}, which is not UTF-8, so no checkpoint could hold it; use UTF-8 (a "
        "file of another name can be reached by a link)",
        what, valid, static_cast<unsigned char>(text[valid]));
  };
  for (const config::Option& option : config::options()) {
    RADDLE_RETURN_IF_ERROR(check(std::string(option.key), config.get_text(option.key)));
  }
  return check("the graph's text", graph_text);
}

StatusOr<std::shared_ptr<exec::StateStore>> make_store(const graph::Graph& graph,
                                                       const exec::StateOptions& options,
                                                       device::Device& device) {
  RADDLE_ASSIGN_OR_RETURN(exec::StateStore store, exec::StateStore::create(graph, options, device));
  return std::make_shared<exec::StateStore>(std::move(store));
}

// Of the micro-batches that a step holds: seven numbers of four bytes a token.
size_t batch_bytes(const config::Config& config) {
  return static_cast<size_t>(config.get_int("train.micro_batches")) *
         static_cast<size_t>(config.get_int("train.micro_batch_tokens")) * 28;
}

// Plans the training program before anything is allocated for it, so that a plan that does not fit
// costs nothing.
Status make_trainer(const graph::Graph& forward, Session::Impl& impl) {
  RADDLE_ASSERT(impl.device != nullptr && !forward.is_differentiated());
  RADDLE_ASSIGN_OR_RETURN(const GroupedParameters groups, group_parameters(impl.config, forward));
  RADDLE_ASSIGN_OR_RETURN(graph::Graph both,
                          graph::differentiate(forward, autodiff_options(impl.config, groups)));
  plan::PlanOptions options = plan_options_from(impl.config, true, true);
  options.held_bytes = batch_bytes(impl.config);
  options.state = impl.options.state;
  RADDLE_ASSIGN_OR_RETURN(plan::Program program,
                          plan::plan_program(std::move(both), impl.device->caps(), options));
  RADDLE_RETURN_IF_ERROR(
      check_room(program, program.memory.total() - program.memory.staging, options, *impl.device));
  RADDLE_ASSIGN_OR_RETURN(impl.store, make_store(program.graph, program.state, *impl.device));
  groups.apply_to(*impl.store);
  for (const std::string& pattern : program.unmatched_disable) {
    log_warning(
        "kernels.disable names {}, which is no kernel of this run; `raddle plan RECIPE --explain` "
        "lists them",
        pattern);
  }
  RADDLE_ASSIGN_OR_RETURN(
      impl.trainer, Trainer::create(std::move(program), impl.config, *impl.store, *impl.device));
  impl.graph_text = graph::to_text(forward);
  impl.list_tensors();
  return Status::ok();
}

// The memory of a session that only looks at a model: its parameters.
Status make_parameters(const graph::Graph& graph, Session::Impl& impl) {
  RADDLE_ASSERT(impl.device != nullptr);
  const exec::StateOptions options{.compute_copies = graph.precision() != DType::kF32};
  const size_t each = sizeof(float) + (options.compute_copies ? dtype_bytes(graph.precision()) : 0);
  const auto bytes = static_cast<size_t>(graph.parameter_elements()) * each;
  if (impl.config.get_int("runtime.memory_limit") == 0) {
    RADDLE_RETURN_IF_ERROR(check_room("the model's parameters", bytes, *impl.device));
  }
  RADDLE_ASSIGN_OR_RETURN(impl.store, make_store(graph, options, *impl.device));
  return Status::ok();
}

Status draw_or_import_weights(Session::Impl& impl, StopToken* stop) {
  RADDLE_ASSERT(impl.store != nullptr);
  const auto seed = static_cast<uint64_t>(impl.config.get_int("train.seed"));
  RADDLE_RETURN_IF_ERROR(exec::initialize(*impl.store, seed, impl.device->pool(), stop));
  const std::string& from = impl.config.get_string("model.init_from");
  if (from.empty() || !impl.model.has_value()) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(const checkpoint::HfDirectory files, checkpoint::open_hf_directory(from));
  return import_hf(files, *impl.model, *impl.store, stop);
}

}  // namespace

Status Session::Impl::open_device() {
  RADDLE_ASSIGN_OR_RETURN(device, session::open_device(config));
  const device::MatrixLibrary library = device->caps().matrix_library;
  if (library == device::MatrixLibrary::kNone) return Status::ok();
  return config.set("kernels.matrix_library", std::string(kernels::name_of(library)));
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;

StatusOr<std::unique_ptr<Session>> Session::create(const config::Config& given,
                                                   const SessionOptions& options) {
  RADDLE_RETURN_IF_ERROR(given.validate());
  RADDLE_RETURN_IF_ERROR(check_text(given, ""));
  auto impl = std::make_unique<Impl>(given, options);
  RADDLE_RETURN_IF_ERROR(impl->run.lock());
  const config::Config& config = impl->config;
  RADDLE_ASSIGN_OR_RETURN(const auto resume, find_resume_point(options, impl->run));
  if (resume.has_value()) RADDLE_RETURN_IF_ERROR(keep_recorded(*resume, &impl->config));
  RADDLE_RETURN_IF_ERROR(impl->open_device());
  std::optional<models::ModelConfig> of_weights;
  std::string spec = "the tokenizer of the run so far";
  if (!resume.has_value()) {
    RADDLE_ASSIGN_OR_RETURN(of_weights, model_of_init_source(config));
    RADDLE_ASSIGN_OR_RETURN(spec, tokenizer_spec(config));
    RADDLE_ASSIGN_OR_RETURN(impl->tokenizer, make_tokenizer(config, spec, options.stop));
    if (impl->tokenizer != nullptr &&
        is_of_other_tokens(config, pointer_to(of_weights), *impl->tokenizer)) {
      impl->tokenizer = nullptr;
    }
  } else {
    RADDLE_RETURN_IF_ERROR(check_resume(*resume, config, true).status());
    RADDLE_ASSIGN_OR_RETURN(impl->tokenizer, unpack_tokenizer(resume->saved.tokenizer));
    warn_of_changed_tokenizer(config, impl->tokenizer.get());
  }
  RADDLE_ASSIGN_OR_RETURN(impl->model,
                          model_from(config, pointer_to(of_weights), impl->tokenizer.get(), spec));
  warn_of_unused_options(config, *impl->model, resume.has_value());
  // What is saved must not need the model's file again.
  RADDLE_RETURN_IF_ERROR(models::make_self_contained(*impl->model, &impl->config));
  RADDLE_ASSIGN_OR_RETURN(const graph::Graph forward, training_graph(*impl->model, config));
  RADDLE_RETURN_IF_ERROR(make_trainer(forward, *impl));
  RADDLE_RETURN_IF_ERROR(impl->open_data(true, options.stop));
  if (config.get_int("train.eval_interval") > 0 && impl->loaders.validation != nullptr) {
    RADDLE_RETURN_IF_ERROR(impl->need_evaluator());  // better no room for it now than in a step
  }
  impl->batches.assign(static_cast<size_t>(config.get_int("train.micro_batches")),
                       data::Batch(impl->capacity()));
  impl->filled.reserve(impl->batches.size());
  std::unique_ptr<Session> session(new Session(std::move(impl)));
  RADDLE_RETURN_IF_ERROR(session->start(resume));
  return session;
}

StatusOr<std::unique_ptr<Session>> Session::create_from_graph(const config::Config& config,
                                                              const graph::Graph& graph,
                                                              const SessionOptions& options) {
  RADDLE_RETURN_IF_ERROR(config.validate());
  RADDLE_RETURN_IF_ERROR(check_text(config, graph::to_text(graph)));
  RADDLE_RETURN_IF_ERROR(check_precision(config, graph));
  auto impl = std::make_unique<Impl>(config, options);
  RADDLE_RETURN_IF_ERROR(impl->run.lock());
  RADDLE_ASSIGN_OR_RETURN(const auto resume, find_resume_point(options, impl->run));
  if (resume.has_value()) RADDLE_RETURN_IF_ERROR(keep_recorded(*resume, &impl->config));
  RADDLE_RETURN_IF_ERROR(impl->open_device());
  if (resume.has_value())
    RADDLE_RETURN_IF_ERROR(check_resume(*resume, impl->config, false).status());
  RADDLE_RETURN_IF_ERROR(make_trainer(graph, *impl));
  std::unique_ptr<Session> session(new Session(std::move(impl)));
  RADDLE_RETURN_IF_ERROR(session->start(resume));
  return session;
}

Status Session::start(const std::optional<ResumePoint>& resume) {
  StopToken* stop = std::exchange(impl_->options.stop, nullptr);
  if (!resume.has_value()) return draw_or_import_weights(*impl_, stop);
  RADDLE_RETURN_IF_ERROR(restore(resume->checkpoint, stop));
  const int64_t done = info().steps_done, wanted = info().steps_total;
  if (done > wanted) {
    log_warning("{} is of step {}, but train.steps is {}: there is nothing left to train",
                resume->checkpoint, done, wanted);
  }
  return Status::ok();
}

namespace {

StatusOr<std::unique_ptr<Session::Impl>> open_hugging_face(const std::string& path,
                                                           const config::Config* overrides,
                                                           StopToken* stop) {
  config::Config config;
  RADDLE_RETURN_IF_ERROR(apply_overrides(overrides, &config));
  auto impl = std::make_unique<Session::Impl>(config, SessionOptions());
  RADDLE_RETURN_IF_ERROR(impl->open_device());
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const checkpoint::HfDirectory files, checkpoint::open_hf_directory(path));
  RADDLE_ASSIGN_OR_RETURN(impl->model,
                          models::parse_hf_config(files.config, path + "/config.json"));
  RADDLE_RETURN_IF_ERROR(adopt_own_head(files, &*impl->model));
  impl->model->precision = models::precision_from(config);
  if (overrides != nullptr) {
    RADDLE_RETURN_IF_ERROR(models::check_agrees(*overrides, *impl->model, path + "/config.json"));
  }
  RADDLE_ASSIGN_OR_RETURN(const bool has_tokenizer, data::has_tokenizer(fs, path));
  if (has_tokenizer) {
    RADDLE_ASSIGN_OR_RETURN(impl->tokenizer, data::load_tokenizer(fs, path));
    adopt_special_tokens(impl->tokenizer.get(), path + "/tokenizer.json", &*impl->model);
  } else if (const Status other = data::refuse_unread_tokenizer(fs, path); !other.is_ok()) {
    log_warning("the model is opened without a tokenizer: {}", other.message());
  }
  // Without the multi-token heads, which such files do not hold.
  RADDLE_ASSIGN_OR_RETURN(const graph::Graph graph,
                          models::build_model(*impl->model, {models::GraphMode::kEvalLoss, 1, 0}));
  RADDLE_RETURN_IF_ERROR(make_parameters(graph, *impl));
  RADDLE_RETURN_IF_ERROR(import_hf(files, *impl->model, *impl->store, stop));
  return impl;
}

// Where the tokens of a checkpoint's run are, and which of them it was trained on unless the caller
// names other data.
RunTokens tokens_of(const std::string& checkpoint, const runs::SavedState& saved,
                    const config::Config& config) {
  RunTokens out{config.get_string("data.cache_dir"), saved.cursor};
  if (out.directory.empty()) {
    out.directory = runs::RunDirectory(parent_directory(parent_directory(checkpoint))).tokens();
  }
  for (const char* key : {"data.path", "data.format", "data.document_separator",
                          "data.prompt_field", "data.text_field"}) {
    if (config.origin(key).rank > config::OriginRank::kRecipe) out.cursor.clear();
  }
  return out;
}

StatusOr<std::unique_ptr<Session::Impl>> open_checkpoint(const std::string& path,
                                                         const config::Config* overrides,
                                                         StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const std::string checkpoint, runs::resolve_checkpoint(path, stop));
  RADDLE_ASSIGN_OR_RETURN(const runs::SavedState saved, runs::read_saved_state(checkpoint));
  config::Config record;
  RADDLE_RETURN_IF_ERROR(record.load_toml_text(saved.config_toml, checkpoint + " (config)"));
  config::Config config = record;
  RADDLE_RETURN_IF_ERROR(config.set("kernels.matrix_library", "auto"));
  RADDLE_RETURN_IF_ERROR(apply_overrides(overrides, &config));
  RADDLE_RETURN_IF_ERROR(keep_recorded_library(checkpoint, record, &config));
  RADDLE_RETURN_IF_ERROR(check_resume({checkpoint, saved}, config, true).status());
  auto impl = std::make_unique<Session::Impl>(config, SessionOptions());
  RADDLE_RETURN_IF_ERROR(impl->open_device());
  RADDLE_ASSIGN_OR_RETURN(impl->tokenizer, unpack_tokenizer(saved.tokenizer));
  RADDLE_ASSIGN_OR_RETURN(impl->model,
                          model_from(config, nullptr, impl->tokenizer.get(), checkpoint));
  RADDLE_ASSIGN_OR_RETURN(const graph::Graph graph, training_graph(*impl->model, config));
  RADDLE_RETURN_IF_ERROR(make_parameters(graph, *impl));
  RADDLE_RETURN_IF_ERROR(read_parameters(checkpoint, *impl->store, stop));
  impl->tokens_of_run = tokens_of(checkpoint, saved, config);
  impl->store->counters() = saved.counters;
  return impl;
}

// What a model scores on a text that the caller names must not depend on the batches that it was
// trained with: sequences are then as long as the context, and whole ones fill a batch. (The part
// of the training data that was held back is cut as it was for training, or what was held back
// would not be the same.)
Status score_by_context(Session::Impl& impl) {
  if (impl.config.origin("data.validation_path").rank <= config::OriginRank::kRecipe) {
    return Status::ok();
  }
  constexpr int64_t kTokens = 2048;
  RADDLE_ASSERT(impl.model.has_value() && impl.model->context > 0);
  const int64_t context = impl.model->context;
  for (const auto& [key, value] :
       {std::pair{"data.sequence_length", int64_t{0}},
        std::pair{"train.micro_batch_tokens", std::max(context, kTokens / context * context)}}) {
    if (impl.config.origin(key).rank > config::OriginRank::kRecipe) continue;
    RADDLE_RETURN_IF_ERROR(impl.config.set(key, fmt::format("{}", value)));
  }
  return Status::ok();
}

}  // namespace

StatusOr<std::unique_ptr<Session>> Session::open(const std::string& path,
                                                 const config::Config* overrides, StopToken* stop) {
  const auto read = [&]() -> StatusOr<std::unique_ptr<Impl>> {
    const checkpoint::Claim claim = runs::share_checkpoints(path);
    RADDLE_ASSIGN_OR_RETURN(const runs::PathKind kind, runs::kind_of(path));
    return kind == runs::PathKind::kHuggingFace ? open_hugging_face(path, overrides, stop)
                                                : open_checkpoint(path, overrides, stop);
  };
  auto impl = runs::read_again_while_live(path, read);
  if (!impl.is_ok()) return std::move(impl).status();
  (*impl)->list_tensors();
  RADDLE_RETURN_IF_ERROR(score_by_context(**impl));
  return std::unique_ptr<Session>(new Session(std::move(impl).value()));
}

StatusOr<plan::Program> plan_training(const config::Config& config, const graph::Graph* graph) {
  RADDLE_RETURN_IF_ERROR(config.validate());
  graph::Graph forward;
  if (graph != nullptr) {
    forward = *graph;
  } else {
    RADDLE_ASSIGN_OR_RETURN(const auto of_weights, model_of_init_source(config));
    // The vocabulary of a tokenizer that is still to be trained is the one that was asked for.
    int64_t vocab_size = config.get_int("data.vocab_size"), least = vocab_size;
    RADDLE_ASSIGN_OR_RETURN(const std::string spec, tokenizer_spec(config));
    if (spec != "bpe") {
      RADDLE_ASSIGN_OR_RETURN(const auto tokenizer, make_tokenizer(config, spec, nullptr));
      const bool other =
          tokenizer == nullptr || is_of_other_tokens(config, pointer_to(of_weights), *tokenizer);
      vocab_size = other ? 0 : tokenizer->vocab_size();
      least = other ? 0 : tokenizer->document_vocab_size();
    }
    RADDLE_ASSIGN_OR_RETURN(
        const models::ModelConfig model,
        models::model_config_from(config, vocab_size, pointer_to(of_weights), least));
    RADDLE_ASSIGN_OR_RETURN(forward, training_graph(model, config));
  }
  RADDLE_ASSIGN_OR_RETURN(const GroupedParameters groups, group_parameters(config, forward));
  RADDLE_ASSIGN_OR_RETURN(graph::Graph both,
                          graph::differentiate(forward, autodiff_options(config, groups)));
  RADDLE_ASSIGN_OR_RETURN(const auto caps, planned_caps(config));
  return plan::plan_program(std::move(both), caps, plan_options_from(config, true, false));
}

}  // namespace raddle::session
