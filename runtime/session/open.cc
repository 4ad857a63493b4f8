// SPDX-License-Identifier: Apache-2.0
// A Session over something on disk, to evaluate and to generate.
#include "runtime/base/log.h"
#include "runtime/config/options.h"
#include "runtime/data/unread_tokenizer.h"
#include "runtime/models/build_model.h"
#include "runtime/models/hf_config.h"
#include "runtime/models/model_keys.h"
#include "runtime/session/hf_match.h"
#include "runtime/session/model_of_tokens.h"
#include "runtime/session/planned_device.h"
#include "runtime/session/resume.h"
#include "runtime/session/session_impl.h"
#include "runtime/session/weights.h"

namespace raddle::session {
namespace {

// What a caller set in `overrides` replaces what the run was trained with.
Status apply_overrides(const config::Config* overrides, config::Config* config) {
  if (overrides == nullptr) return Status::ok();
  for (const config::Option& option : config::options()) {
    if (overrides->origin(option.key).rank == config::OriginRank::kDefault) continue;
    RADDLE_RETURN_IF_ERROR(config->set(option.key, overrides->get_text(option.key)));
  }
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
  RADDLE_ASSIGN_OR_RETURN(exec::StateStore store,
                          exec::StateStore::create(graph, options, *impl.device));
  impl.store = std::make_shared<exec::StateStore>(std::move(store));
  return Status::ok();
}

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
  RADDLE_ASSIGN_OR_RETURN(const graph::Graph graph, training_graph(*impl->model, impl->capacity()));
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

}  // namespace raddle::session
