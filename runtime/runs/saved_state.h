// SPDX-License-Identifier: Apache-2.0
// What a checkpoint says beside its tensors: the state in its manifest.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/exec/state_store.h"
#include "runtime/runs/resume_check.h"

namespace raddle::runs {

struct SavedState {
  exec::Counters counters;
  // The config as TOML, the forward graph's text, the packed tokenizer, the place in the data.
  std::string config_toml, graph_text, tokenizer, cursor;
  std::vector<ChangedOption> changes;  // on earlier resumes
};

nlohmann::json to_json(const SavedState& state);
// DATA_LOSS: it is not the state of a session, or of another step than the checkpoint's.
StatusOr<SavedState> read_saved_state(const std::string& checkpoint);

}  // namespace raddle::runs
