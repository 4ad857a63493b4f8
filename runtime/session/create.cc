// SPDX-License-Identifier: Apache-2.0
// The ways to a Session: from a config, from a graph, from something on disk.
#include "kernels/cpu/matrix/blas.h"
#include "runtime/base/hash.h"
#include "runtime/base/log.h"
#include "runtime/config/changed_defaults.h"
#include "runtime/config/options.h"
#include "runtime/data/utf8.h"
#include "runtime/graph/autodiff.h"
#include "runtime/graph/text.h"
#include "runtime/models/model_keys.h"
#include "runtime/session/init_source.h"
#include "runtime/session/model_of_tokens.h"
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

StatusOr<std::shared_ptr<exec::StateStore>> make_store(
    const graph::Graph& graph, const exec::StateOptions& options, device::Device& device,
    std::span<const exec::ForeignBlock> foreign = {}) {
  RADDLE_ASSIGN_OR_RETURN(exec::StateStore store,
                          exec::StateStore::create(graph, options, device, foreign));
  return std::make_shared<exec::StateStore>(std::move(store));
}

// Ranks whose kernels differ would not stay in step.
Status agree_on_plan(const plan::Program& program, const Ranks& ranks) {
  const std::string mine = hash_hex(program.agreement_hash) + " for " + program.caps.name;
  RADDLE_ASSIGN_OR_RETURN(const std::vector<std::string> all, ranks.collect(mine));
  for (size_t rank = 0; rank < all.size(); ++rank) {
    if (all[rank].substr(0, 16) == mine.substr(0, 16)) continue;
    return failed_precondition(
        "the plan of rank {} is {}, and that of rank {} is {}: they have other options, another "
        "graph or other kernels; compare `raddle plan RECIPE --explain` there and here",
        rank, all[rank], ranks.rank(), mine);
  }
  return Status::ok();
}

// The state of a program that trains, and where other ranks see it what they need of it.
Status make_state(const plan::Program& program, Session::Impl& impl) {
  std::vector<exec::ForeignBlock> windows;
  if (!impl.ranks.is_alone()) {
    const plan::StateLayout layout =
        plan::StateLayout::of(program.graph, program.state, impl.device->caps().buffer_alignment);
    RADDLE_ASSIGN_OR_RETURN(impl.exchange,
                            exec::RankExchange::create(impl.ranks.communicator(), layout,
                                                       program.graph.losses().size()));
    windows = impl.exchange->blocks();
  }
  RADDLE_ASSIGN_OR_RETURN(impl.store,
                          make_store(program.graph, program.state, *impl.device, windows));
  return Status::ok();
}

// Of the micro-batches that a step holds: seven numbers of four bytes a token.
size_t batch_bytes(const config::Config& config) {
  return static_cast<size_t>(config.get_int("train.micro_batches")) *
         static_cast<size_t>(config.get_int("train.micro_batch_tokens")) * 28;
}

balance::AttentionBy attention_by(const config::Config& config) {
  const std::string& by = config.get_string("mesh.attention");
  if (by == "ring") return balance::AttentionBy::kRing;
  return by == "ulysses" ? balance::AttentionBy::kHeads : balance::AttentionBy::kCost;
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
  if (impl.is_hybrid()) {
    options.spread = attention_by(impl.config) == balance::AttentionBy::kRing
                         ? plan::Spread::kRing
                         : plan::Spread::kRingOrHeads;
  }
  options.state = impl.options.state;
  if (!impl.ranks.is_alone()) {
    options.state.rank = impl.ranks.rank();
    options.state.ranks = impl.ranks.size();
  } else if (options.state.ranks > 1) {
    return failed_precondition(
        "a state that {} ranks share is updated by all of them: give the session the communicator "
        "of this rank",
        options.state.ranks);
  }
  RADDLE_ASSIGN_OR_RETURN(plan::Program program,
                          plan::plan_program(std::move(both), impl.device->caps(), options));
  RADDLE_RETURN_IF_ERROR(
      check_room(program, program.memory.total() - program.memory.staging, options, *impl.device));
  RADDLE_RETURN_IF_ERROR(agree_on_plan(program, impl.ranks));
  RADDLE_RETURN_IF_ERROR(make_state(program, impl));
  groups.apply_to(*impl.store);
  for (const std::string& pattern : program.unmatched_disable) {
    log_warning(
        "kernels.disable names {}, which is no kernel of this run; `raddle plan RECIPE --explain` "
        "lists them",
        pattern);
  }
  RADDLE_ASSIGN_OR_RETURN(
      impl.trainer, Trainer::create(std::move(program), impl.config, *impl.store, *impl.device,
                                    impl.ranks, impl.exchange.get()));
  impl.graph_text = graph::to_text(forward);
  impl.list_tensors();
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

namespace {

// Rank 0 looks for it, and the others go on from the same.
StatusOr<std::optional<ResumePoint>> find_resume_point_together(const Session::Impl& impl) {
  if (impl.ranks.is_alone()) return find_resume_point(impl.options, impl.run);
  std::optional<ResumePoint> found;
  const auto look = [&]() -> StatusOr<std::string> {
    RADDLE_ASSIGN_OR_RETURN(found, find_resume_point(impl.options, impl.run));
    return found.has_value() ? found->checkpoint : std::string();
  };
  RADDLE_ASSIGN_OR_RETURN(const std::string path,
                          impl.ranks.share(impl.ranks.leads() ? look() : std::string()));
  if (impl.ranks.leads() || path.empty()) return found;
  RADDLE_ASSIGN_OR_RETURN(runs::SavedState saved, runs::read_saved_state(path));
  return std::optional<ResumePoint>({path, std::move(saved)});
}

// The tokenizer of a run that begins; rank 0 trains one where there is none. Null: there is none.
StatusOr<std::shared_ptr<const data::Tokenizer>> make_tokenizer_together(
    const Session::Impl& impl, const std::string& spec, const models::ModelConfig* of_weights) {
  std::shared_ptr<const data::Tokenizer> tokenizer;
  const auto make = [&]() -> StatusOr<std::string> {
    RADDLE_ASSIGN_OR_RETURN(tokenizer, make_tokenizer(impl.config, spec, impl.options.stop));
    if (tokenizer != nullptr && is_of_other_tokens(impl.config, of_weights, *tokenizer)) {
      tokenizer = nullptr;
    }
    return impl.ranks.is_alone() ? std::string() : pack_tokenizer(tokenizer.get());
  };
  RADDLE_ASSIGN_OR_RETURN(const std::string packed,
                          impl.ranks.share(impl.ranks.leads() ? make() : std::string()));
  if (impl.ranks.leads()) return tokenizer;
  return unpack_tokenizer(packed);
}

// Tokenizer, model, trainer and data of a session that was made from a config.
Status make_model(const std::optional<ResumePoint>& resume, Session::Impl& impl) {
  const config::Config& config = impl.config;
  StopToken* const stop = impl.options.stop;
  std::optional<models::ModelConfig> of_weights;
  std::string spec = "the tokenizer of the run so far";
  if (!resume.has_value()) {
    RADDLE_ASSIGN_OR_RETURN(of_weights, model_of_init_source(config));
    RADDLE_ASSIGN_OR_RETURN(spec, tokenizer_spec(config));
    RADDLE_ASSIGN_OR_RETURN(impl.tokenizer,
                            make_tokenizer_together(impl, spec, pointer_to(of_weights)));
  } else {
    RADDLE_RETURN_IF_ERROR(check_resume(*resume, config, true).status());
    RADDLE_ASSIGN_OR_RETURN(impl.tokenizer, unpack_tokenizer(resume->saved.tokenizer));
    warn_of_changed_tokenizer(config, impl.tokenizer.get());
  }
  RADDLE_ASSIGN_OR_RETURN(impl.model,
                          model_from(config, pointer_to(of_weights), impl.tokenizer.get(), spec));
  warn_of_unused_options(config, *impl.model, resume.has_value());
  // What is saved must not need the model's file again.
  RADDLE_RETURN_IF_ERROR(models::make_self_contained(*impl.model, &impl.config));
  RADDLE_ASSIGN_OR_RETURN(const graph::Graph forward,
                          training_graph(*impl.model, impl.training_capacity()));
  RADDLE_RETURN_IF_ERROR(make_trainer(forward, impl));
  RADDLE_RETURN_IF_ERROR(impl.open_data_together(stop));
  if (config.get_int("train.eval_interval") > 0 && impl.loaders.validation != nullptr) {
    RADDLE_RETURN_IF_ERROR(impl.need_evaluator());  // better no room for it now than in a step
  }
  if (!impl.is_hybrid()) {
    impl.batches.assign(static_cast<size_t>(config.get_int("train.micro_batches")),
                        data::Batch(impl.capacity()));
    impl.filled.reserve(impl.batches.size());
    return Status::ok();
  }
  if (impl.model->mtp_heads > 0) {
    return unimplemented(
        "a head for multi-token prediction looks at the next row, which is another rank's where a "
        "sequence is spread; set model.mtp.heads = 0, or mesh.placement = \"micro_batch\"");
  }
  impl.hybrid = std::make_unique<HybridStep>(
      impl.part(), sequence_length(config, impl.model->context), impl.training_capacity(),
      balance::SharedAttention{attention_by(config), impl.model->heads, impl.model->kv_heads});
  return Status::ok();
}

}  // namespace

StatusOr<std::unique_ptr<Session>> Session::create(const config::Config& given,
                                                   const SessionOptions& options) {
  RADDLE_ASSIGN_OR_RETURN(const Ranks ranks, Ranks::of(options.communicator));
  auto made = create_from(given, nullptr, options, ranks);
  if (!made.is_ok()) ranks.leave(made.status());
  return made;
}

StatusOr<std::unique_ptr<Session>> Session::create_from_graph(const config::Config& config,
                                                              const graph::Graph& graph,
                                                              const SessionOptions& options) {
  RADDLE_ASSIGN_OR_RETURN(const Ranks ranks, Ranks::of(options.communicator));
  auto made = create_from(config, &graph, options, ranks);
  if (!made.is_ok()) ranks.leave(made.status());
  return made;
}

StatusOr<std::unique_ptr<Session>> Session::create_from(const config::Config& config,
                                                        const graph::Graph* graph,
                                                        const SessionOptions& options,
                                                        const Ranks& ranks) {
  RADDLE_RETURN_IF_ERROR(config.validate());
  RADDLE_RETURN_IF_ERROR(check_text(config, graph == nullptr ? "" : graph::to_text(*graph)));
  if (graph != nullptr) RADDLE_RETURN_IF_ERROR(check_precision(config, *graph));
  auto impl = std::make_unique<Impl>(config, options, ranks);
  RADDLE_RETURN_IF_ERROR(impl->run.lock());
  RADDLE_ASSIGN_OR_RETURN(const auto resume, find_resume_point_together(*impl));
  if (resume.has_value()) RADDLE_RETURN_IF_ERROR(keep_recorded(*resume, &impl->config));
  RADDLE_RETURN_IF_ERROR(impl->open_device());
  if (graph == nullptr) {
    RADDLE_RETURN_IF_ERROR(make_model(resume, *impl));
  } else {
    if (resume.has_value()) {
      RADDLE_RETURN_IF_ERROR(check_resume(*resume, impl->config, false).status());
    }
    RADDLE_RETURN_IF_ERROR(make_trainer(*graph, *impl));
  }
  std::unique_ptr<Session> session(new Session(std::move(impl)));
  RADDLE_RETURN_IF_ERROR(session->start(resume));
  // What one goes on from is read by all before one begins to write.
  RADDLE_RETURN_IF_ERROR(ranks.barrier());
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
    RADDLE_ASSIGN_OR_RETURN(forward,
                            training_graph(model, config.get_int("train.micro_batch_tokens")));
  }
  RADDLE_ASSIGN_OR_RETURN(const GroupedParameters groups, group_parameters(config, forward));
  RADDLE_ASSIGN_OR_RETURN(graph::Graph both,
                          graph::differentiate(forward, autodiff_options(config, groups)));
  RADDLE_ASSIGN_OR_RETURN(const auto caps, planned_caps(config));
  return plan::plan_program(std::move(both), caps, plan_options_from(config, true, false));
}

}  // namespace raddle::session
