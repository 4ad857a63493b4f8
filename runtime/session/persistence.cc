// SPDX-License-Identifier: Apache-2.0
// Saving a session and putting one back into a saved state, bit for bit.
#include <algorithm>
#include <filesystem>
#include <limits>
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

StatusOr<nlohmann::json> state_json(const Session::Impl& s) {
  const exec::Counters& c = s.store->counters();
  nlohmann::json state;
  state["kind"] = "raddle-session";
  state["step"] = c.step;
  state["updates"] = c.updates;
  state["tokens"] = c.tokens;
  state["skipped"] = c.skipped;
  state["skipped_in_a_row"] = c.skipped_in_a_row;
  state["owes_evaluation"] = c.owes_evaluation;
  state["config"] = s.config.to_toml();
  state["graph"] = s.graph_text;
  RADDLE_ASSIGN_OR_RETURN(state["tokenizer"], pack_tokenizer(s.tokenizer.get()));
  state["changes"] = nlohmann::json::parse(changes_to_json(s.changes));
  state["cursor"] = s.loaders.train != nullptr ? s.loaders.train->save() : "";
  return state;
}

// Reads one field; a manifest is checksummed, so a wrong one was written by another program.
template <class T>
Status field(const nlohmann::json& state, const char* name, const std::string& where, T* out) {
  const auto found = state.find(name);
  const bool fits =
      found != state.end() &&
      (std::is_same_v<T, std::string> ? found->is_string() : found->is_number_integer());
  if (!fits) return data_loss("{}: the manifest's state has no usable \"{}\"", where, name);
  *out = found->get<T>();
  return Status::ok();
}

// Before anything is done with them: a step that is not the checkpoint's would set good ones aside.
Status check_counters(const exec::Counters& c, int64_t step, const std::string& where) {
  if (c.step != step) {
    return data_loss("{}: the manifest is of step {}, the state in it of step {}", where, step,
                     c.step);
  }
  const auto between = [&](const char* name, int64_t value, int64_t most) {
    if (value >= 0 && value <= most) return Status::ok();
    return data_loss("{}: the state's \"{}\" is {}, expected 0 to {}", where, name, value, most);
  };
  RADDLE_RETURN_IF_ERROR(between("updates", c.updates, c.step));
  RADDLE_RETURN_IF_ERROR(between("skipped", c.skipped, c.step - c.updates));
  RADDLE_RETURN_IF_ERROR(between("skipped_in_a_row", c.skipped_in_a_row, c.skipped));
  return between("tokens", c.tokens, std::numeric_limits<int64_t>::max() / 2);
}

StatusOr<SavedState> parse_state(const nlohmann::json& state, int64_t step,
                                 const std::string& where) {
  SavedState out;
  if (!state.is_object()) return data_loss("{}: the manifest holds no state of a session", where);
  RADDLE_RETURN_IF_ERROR(field(state, "step", where, &out.counters.step));
  RADDLE_RETURN_IF_ERROR(field(state, "updates", where, &out.counters.updates));
  RADDLE_RETURN_IF_ERROR(field(state, "tokens", where, &out.counters.tokens));
  RADDLE_RETURN_IF_ERROR(field(state, "skipped", where, &out.counters.skipped));
  RADDLE_RETURN_IF_ERROR(field(state, "skipped_in_a_row", where, &out.counters.skipped_in_a_row));
  RADDLE_RETURN_IF_ERROR(check_counters(out.counters, step, where));
  const auto owes = state.find("owes_evaluation");  // older checkpoints lack it
  out.counters.owes_evaluation = owes != state.end() && *owes == true;
  RADDLE_RETURN_IF_ERROR(field(state, "config", where, &out.config_toml));
  RADDLE_RETURN_IF_ERROR(field(state, "graph", where, &out.graph_text));
  RADDLE_RETURN_IF_ERROR(field(state, "tokenizer", where, &out.tokenizer));
  RADDLE_RETURN_IF_ERROR(field(state, "cursor", where, &out.cursor));
  if (const auto changes = state.find("changes"); changes != state.end()) {
    auto read = changes_from_json(changes->dump());
    if (!read.is_ok()) return std::move(read).status().with_context(where);
    out.changes = std::move(read).value();
  }
  return out;
}

// The first line in which two graphs differ, for the message.
std::string first_difference(const std::string& saved, const std::string& now) {
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
StatusOr<std::vector<char>> frozen_in(const SavedState& saved, const graph::Graph& graph) {
  config::Config config;
  RADDLE_RETURN_IF_ERROR(config.load_toml_text(saved.config_toml, "the saved config"));
  RADDLE_ASSIGN_OR_RETURN(const GroupedParameters groups, group_parameters(config, graph));
  return groups.frozen();
}

}  // namespace

StatusOr<SavedState> read_saved_state(const std::string& checkpoint) {
  RADDLE_ASSIGN_OR_RETURN(const checkpoint::Manifest manifest,
                          checkpoint::read_manifest(checkpoint));
  return parse_state(manifest.state, manifest.step, checkpoint);
}

StatusOr<std::string> Session::Impl::save_to_run(int64_t step,
                                                 std::span<const checkpoint::TensorView> views,
                                                 const nlohmann::json& state, StopToken* stop) {
  FileSystem& fs = file_system();
  const std::string root = run.checkpoints();
  const auto tell = [](const char* what, const Status& status) {
    if (!status.is_ok()) log_warning("{}: {}", what, status.message());
  };
  RADDLE_RETURN_IF_ERROR(run.check_place());
  tell("metrics.jsonl is not synced", run.sync_metrics());
  RADDLE_RETURN_IF_ERROR(
      checkpoint::write(fs, root, step, views, state, {.make_root = false, .stop = stop}));
  tell("lineage.json is not written", run.note_saved(step));
  const checkpoint::RetentionPolicy policy{config.get_int("checkpoint.keep_last"),
                                           config.get_int("checkpoint.keep_every")};
  tell("older checkpoints are not deleted", checkpoint::apply_retention(fs, root, policy).status());
  return checkpoint::checkpoint_path(root, step);
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
  RADDLE_RETURN_IF_ERROR(check_finite(*s.store, &finishing));
  if (path.empty()) RADDLE_RETURN_IF_ERROR(s.begin_run());
  RADDLE_ASSIGN_OR_RETURN(const nlohmann::json state, state_json(s));
  exec::HostTensors host(*s.store);
  RADDLE_ASSIGN_OR_RETURN(const std::vector<checkpoint::TensorView> tensors,
                          checkpoint_views(host, *s.store));
  FileSystem& fs = file_system();
  const int64_t step = s.store->counters().step;
  if (path.empty()) {
    return s.save_to_run(step, tensors, state, &finishing);
  }
  RADDLE_RETURN_IF_ERROR(
      checkpoint::write_to(fs, path, step, tensors, state, {.stop = &finishing}));
  return path;
}

namespace {

// Whether one of `changes` may give the data another order; without one, another order means that
// the files are not those that were saved.
bool may_change_order(const std::vector<ChangedOption>& changes) {
  return std::any_of(changes.begin(), changes.end(), [](const ChangedOption& c) {
    return c.key.starts_with("data.") || c.key == "train.seed" ||
           c.key == "train.micro_batch_tokens";
  });
}

Status restore_cursor(const SavedState& saved, const std::string& checkpoint,
                      const std::vector<ChangedOption>& changes, const config::Config& config,
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
  const checkpoint::Claim claim = share_checkpoints(path);
  RADDLE_ASSIGN_OR_RETURN(const std::string checkpoint, resolve_checkpoint(path, stop));
  RADDLE_ASSIGN_OR_RETURN(const SavedState saved, read_saved_state(checkpoint));
  const std::string there = parameter_lines(saved.graph_text), here = parameter_lines(s.graph_text);
  if (there != here) {
    return failed_precondition("{} is of another model: {}", checkpoint,
                               first_difference(there, here));
  }
  RADDLE_ASSIGN_OR_RETURN(const std::vector<ChangedOption> changes,
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
  for (const ChangedOption& c : changes) {
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
