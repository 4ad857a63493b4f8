// SPDX-License-Identifier: Apache-2.0
// Saving a session and putting one back into a saved state, bit for bit.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint.h"
#include "checkpoint/retention.h"
#include "runtime/base/log.h"
#include "runtime/session/finite.h"
#include "runtime/session/parameter_groups.h"
#include "runtime/session/resume.h"
#include "runtime/session/session_impl.h"
#include "runtime/session/weights.h"

namespace raddle::session {
namespace {

void tell(const char* what, const Status& status) {
  if (!status.is_ok()) log_warning("{}: {}", what, status.message());
}

// The first line in which two graphs differ, for the message.
std::string first_difference(const std::string& saved, const std::string& now) {
  RADDLE_ASSERT(saved != now);
  size_t begin = 0;
  while (begin < saved.size() && begin < now.size()) {
    const size_t saved_end = std::min(saved.find('\n', begin), saved.size());
    const size_t now_end = std::min(now.find('\n', begin), now.size());
    const std::string a = saved.substr(begin, saved_end - begin);
    const std::string b = now.substr(begin, now_end - begin);
    if (a != b) return fmt::format("\"{}\" there, \"{}\" here", a, b);
    begin = saved_end + 1;
  }
  return "one has more nodes than the other";
}

// Names, types and shapes of parameters decide whether a state fits; how they were drawn, whether
// they decay and the capacity of a micro-batch do not.
std::string parameter_lines(const std::string& graph_text) {
  std::string out;
  size_t begin = 0;
  while (begin < graph_text.size()) {
    const size_t end = std::min(graph_text.find('\n', begin), graph_text.size());
    if (graph_text.compare(begin, 10, "parameter ") == 0) {
      const size_t shape_end = std::min(graph_text.find(']', begin) + 1, end);
      out += graph_text.substr(begin, shape_end - begin) + "\n";
    }
    begin = end + 1;
  }
  return out;
}

// What was not trained when the state was saved, by parameter of the same model's graph.
StatusOr<std::vector<char>> frozen_in(const runs::SavedState& saved, const graph::Graph& graph) {
  config::Config config;
  RADDLE_RETURN_IF_ERROR(config.load_toml_text(saved.config_toml, "the saved config"));
  RADDLE_ASSIGN_OR_RETURN(const GroupedParameters groups, group_parameters(config, graph));
  return groups.frozen();
}

}  // namespace

StatusOr<nlohmann::json> Session::Impl::state_json() const {
  runs::SavedState state;
  state.counters = store->counters();
  state.config_toml = config.to_toml();
  state.graph_text = graph_text;
  RADDLE_ASSIGN_OR_RETURN(state.tokenizer, pack_tokenizer(tokenizer.get()));
  state.changes = changes;
  if (loaders.train != nullptr) state.cursor = loaders.train->save();
  return runs::to_json(state);
}

Status Session::Impl::before_saving_to_run() {
  RADDLE_ASSERT(run.exists());
  RADDLE_RETURN_IF_ERROR(run.check_place());
  tell("metrics.jsonl is not synced", run.sync_metrics());
  return Status::ok();
}

void Session::Impl::after_saving_to_run(int64_t step) {
  tell("lineage.json is not written", run.note_saved(step));
  if (!ranks.leads()) return;
  const checkpoint::RetentionPolicy policy{config.get_int("checkpoint.keep_last"),
                                           config.get_int("checkpoint.keep_every")};
  const auto kept = checkpoint::apply_retention(file_system(), run.checkpoints(), policy);
  tell("older checkpoints are not deleted", kept.status());
}

StatusOr<std::string> Session::save(const std::string& path, StopToken* stop) {
  Impl& s = *impl_;
  if (s.trainer == nullptr) {
    return failed_precondition("this session does not train; export the model instead");
  }
  if (path.empty() && !s.run.exists()) {
    return failed_precondition("the session has no run directory; name a path to save to");
  }
  StopToken finishing = StopToken::cancel_only(stop);
  if (!s.ranks.is_alone()) return s.save_together(path, &finishing);
  RADDLE_RETURN_IF_ERROR(check_finite(*s.store, &finishing));
  if (path.empty()) RADDLE_RETURN_IF_ERROR(s.begin_run());
  RADDLE_ASSIGN_OR_RETURN(const nlohmann::json state, s.state_json());
  exec::HostTensors host(*s.store);
  RADDLE_ASSIGN_OR_RETURN(const std::vector<checkpoint::TensorView> tensors,
                          checkpoint_views(host, *s.store));
  FileSystem& fs = file_system();
  const int64_t step = s.store->counters().step;
  if (path.empty()) {
    const std::string root = s.run.checkpoints();
    RADDLE_RETURN_IF_ERROR(s.before_saving_to_run());
    RADDLE_RETURN_IF_ERROR(checkpoint::write(fs, root, step, tensors, state,
                                             {.make_root = false, .stop = &finishing}));
    s.after_saving_to_run(step);
    return checkpoint::checkpoint_path(root, step);
  }
  RADDLE_RETURN_IF_ERROR(
      checkpoint::write_to(fs, path, step, tensors, state, {.stop = &finishing}));
  return path;
}

namespace {

// Whether one of `changes` may give the data another order; without one, another order means that
// the files are not those that were saved.
bool may_change_order(const std::vector<runs::ChangedOption>& changes) {
  return std::any_of(changes.begin(), changes.end(), [](const runs::ChangedOption& c) {
    return c.key.starts_with("data.") || c.key == "train.seed" ||
           c.key == "train.micro_batch_tokens";
  });
}

Status restore_cursor(const runs::SavedState& saved, const std::string& checkpoint,
                      const std::vector<runs::ChangedOption>& changes, const config::Config& config,
                      data::Loader& loader) {
  if (!may_change_order(changes)) {
    return loader.restore(saved.cursor)
        .with_context(fmt::format(
            "{}: the data is not what the run was trained on; put it back, or go on with other "
            "data under another name in data.path",
            checkpoint));
  }
  RADDLE_ASSIGN_OR_RETURN(const data::SavedCursor found, loader.restore_into_order(saved.cursor));
  if (found.differences.empty()) return Status::ok();
  log_info(
      "from step {} on the data has another order ({}): the epoch under way ends, epoch {} "
      "begins",
      saved.counters.step, found.differences, loader.cursor().epoch);
  const bool held_back = config.get_list("data.validation_path").empty() &&
                         config.get_double("data.validation_fraction") > 0;
  if (found.same_data && found.cut_anew && held_back) {
    log_warning(
        "the data held back for validation is cut anew: from step {} on the validation loss "
        "is partly of text that the model was trained on",
        saved.counters.step);
  }
  return Status::ok();
}

}  // namespace

Status Session::restore(const std::string& path, StopToken* stop) {
  Impl& s = *impl_;
  if (s.trainer == nullptr) {
    return failed_precondition("this session does not train; open the checkpoint instead");
  }
  const checkpoint::Claim claim = runs::share_checkpoints(path);
  RADDLE_ASSIGN_OR_RETURN(const std::string checkpoint, runs::resolve_checkpoint(path, stop));
  RADDLE_ASSIGN_OR_RETURN(const runs::SavedState saved, runs::read_saved_state(checkpoint));
  const std::string there = parameter_lines(saved.graph_text), here = parameter_lines(s.graph_text);
  if (there != here) {
    return failed_precondition("{} is of another model: {}", checkpoint,
                               first_difference(there, here));
  }
  RADDLE_ASSIGN_OR_RETURN(const std::vector<runs::ChangedOption> changes,
                          check_resume({checkpoint, saved}, s.config, s.model.has_value()));
  // The cursor is checked on a loader that can take it back, before any weight changes.
  std::string cursor_before;
  if (s.loaders.train != nullptr && !saved.cursor.empty()) {
    cursor_before = s.loaders.train->save();
    RADDLE_RETURN_IF_ERROR(restore_cursor(saved, checkpoint, changes, s.config, *s.loaders.train));
  }
  RADDLE_ASSIGN_OR_RETURN(const std::vector<char> was_frozen,
                          frozen_in(saved, s.trainer->program().graph));
  const Status read = read_checkpoint(checkpoint, was_frozen, *s.store, stop);
  if (!read.is_ok()) {
    if (!cursor_before.empty()) RADDLE_RETURN_IF_ERROR(s.loaders.train->restore(cursor_before));
    return read;
  }
  s.store->counters() = saved.counters;
  s.changes = saved.changes;
  s.changes.insert(s.changes.end(), changes.begin(), changes.end());
  for (const runs::ChangedOption& c : changes) {
    const auto shown = [](const std::string& text) { return text.empty() ? "\"\"" : text; };
    log_info("from step {} on {} is {}, it was {}", c.step, c.key, shown(c.after), shown(c.before));
  }
  return s.run.start_from(checkpoint, saved.counters.step);
}

Status Session::export_hf(const std::string& directory, StopToken* stop) {
  RADDLE_RETURN_IF_ERROR(impl_->need_model("an export to the Hugging Face format"));
  RADDLE_RETURN_IF_ERROR(check_finite(*impl_->store, stop));
  if (impl_->model->mtp_heads > 0) {
    log_warning(
        "{}: the heads for multi-token prediction are left out, as files of that format have none; "
        "the run's checkpoints keep them",
        directory);
  }
  return session::export_hf(directory, *impl_->model, *impl_->store, impl_->tokenizer.get(), stop);
}

Status export_checkpoint(const std::string& from, std::string_view format, const std::string& to,
                         StopToken* stop) {
  if (format != "hf") {
    return invalid_argument("there is no export format \"{}\"; use hf", format);
  }
  RADDLE_ASSIGN_OR_RETURN(const auto session, Session::open(from, nullptr, stop));
  return session->export_hf(to, stop);
}

}  // namespace raddle::session
