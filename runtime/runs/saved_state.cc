// SPDX-License-Identifier: Apache-2.0
#include "runtime/runs/saved_state.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint.h"
#include "runtime/base/json.h"

namespace raddle::runs {
namespace {

constexpr const char* kKind = "raddle-session";

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
  const auto kind = state.is_object() ? state.find("kind") : state.end();
  if (kind == state.end() || *kind != kKind) {
    return data_loss("{}: the manifest holds no state of a session", where);
  }
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
    auto read = changes_from_json(json_text(*changes));
    if (!read.is_ok()) return std::move(read).status().with_context(where);
    out.changes = std::move(read).value();
  }
  return out;
}

}  // namespace

nlohmann::json to_json(const SavedState& saved) {
  const exec::Counters& c = saved.counters;
  RADDLE_ASSERT(check_counters(c, c.step, kKind).is_ok());  // or it could not be read again
  nlohmann::json state;
  state["kind"] = kKind;
  state["step"] = c.step;
  state["updates"] = c.updates;
  state["tokens"] = c.tokens;
  state["skipped"] = c.skipped;
  state["skipped_in_a_row"] = c.skipped_in_a_row;
  state["owes_evaluation"] = c.owes_evaluation;
  state["config"] = saved.config_toml;
  state["graph"] = saved.graph_text;
  state["tokenizer"] = saved.tokenizer;
  state["changes"] = json_from(changes_to_json(saved.changes));
  state["cursor"] = saved.cursor;
  return state;
}

StatusOr<SavedState> read_saved_state(const std::string& checkpoint) {
  RADDLE_ASSIGN_OR_RETURN(const checkpoint::Manifest manifest,
                          checkpoint::read_manifest(checkpoint));
  return parse_state(*manifest.state, manifest.step, checkpoint);
}

}  // namespace raddle::runs
