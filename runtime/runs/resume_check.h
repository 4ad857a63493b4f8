// SPDX-License-Identifier: Apache-2.0
// What a run that is resumed may do otherwise than the run that was saved. Each option's class in
// options.inc decides: model options must be the same, run options hold from here on and are
// recorded, process options may be anything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/config.h"
#include "runtime/data/tokenizer.h"

namespace raddle::runs {

// An option that holds from `step` on; texts are canonical.
struct ChangedOption {
  int64_t step = 0;
  std::string key, before, after;
  friend bool operator==(const ChangedOption&, const ChangedOption&) = default;
};

struct SavedOptions {
  std::string where;  // the checkpoint, for messages
  int64_t step = 0;
  const config::Config& config;
  const data::Tokenizer* tokenizer;  // null: none
};

// The run options that differ, in order of key; pure, and nothing is touched. Keys are compared by
// what they mean: a 0 that stands for a number equals that number, and a path equals another to the
// same tokenizer. FAILED_PRECONDITION lists every model option that differs, with both values,
// where the new one comes from, and the ways to go on. `has_model` is false for a caller's graph,
// which model.* says nothing about.
StatusOr<std::vector<ChangedOption>> compare_options(const SavedOptions& saved,
                                                     const config::Config& now, bool has_model);

// As they are kept in a checkpoint's state: a JSON array. DATA_LOSS: not such a text.
std::string changes_to_json(const std::vector<ChangedOption>& changes);
StatusOr<std::vector<ChangedOption>> changes_from_json(std::string_view text);

}  // namespace raddle::runs
