// SPDX-License-Identifier: Apache-2.0
// The branches of a run, kept in RUN/lineage.json. Training on from an earlier checkpoint begins a
// new branch and sets what came after that checkpoint aside, in RUN/set-aside/<name>/, which is
// laid out as a run directory. So RUN/checkpoints and RUN/metrics.jsonl are those of the branch in
// force, and its newest checkpoint is the one that was saved last.
//
// Several renames are not one: the record first lists them, and from then on the new branch is in
// force. Readers see through renames that are still to be made; the next writer finishes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "runtime/base/assert.h"
#include "runtime/base/file_system.h"

namespace raddle::runs {

struct Branch {
  std::string name;
  std::string parent;  // the branch that it left after `step`; "": none of this run
  int64_t step = 0;
  std::string from;  // the checkpoint outside the run that it began with; "": none
};

// A place of checkpoints in a run: "" is that of the branch in force, else a name under set-aside/.
using Place = std::string;

struct Move {
  Place from, to;
  int64_t step = 0;
};

// What is still to be done to set a branch aside.
struct SettingAside {
  Place place;  // of the branch that is set aside
  std::vector<Move> moves;
  Place metrics;     // whose lines up to `step` are the new branch's; "": nobody's
  int64_t step = 0;  // that the new branch begins with
};

struct Lineage {
  bool recorded = false;  // there is a record; runs of older versions have none
  bool saved = false;     // the branch in force has had a checkpoint of its own or its parent's
  std::vector<Branch> branches = {{"branch-1", "", 0, ""}};
  std::optional<SettingAside> pending;

  const Branch& in_force() const {
    RADDLE_ASSERT(!branches.empty());
    return branches.back();
  }
};

// DATA_LOSS when the record is damaged.
StatusOr<Lineage> read_lineage(FileSystem& fs, const std::string& run);
Status write_lineage(FileSystem& fs, const std::string& run, const Lineage& lineage);

std::string directory_of(const std::string& run, const Place& place);
std::string checkpoints_of(const std::string& run, const Place& place);
std::string metrics_of(const std::string& run, const Place& place);
// Names under set-aside/.
StatusOr<std::vector<Place>> places_set_aside(FileSystem& fs, const std::string& run);

// The last step that `branch`, up to `step`, and the branch in force have in common; -1: none.
int64_t common_step(const Lineage& lineage, const std::string& branch, int64_t step);
// The branch that trained `step` on the way to where `branch` is.
std::string branch_of_step(const Lineage& lineage, const std::string& branch, int64_t step);

// The pending renames that are still to be made, in their order.
StatusOr<std::vector<Move>> unmade_moves(FileSystem& fs, const std::string& run,
                                         const Lineage& lineage);
// The checkpoints of a place, oldest first, as if every pending rename were made.
StatusOr<std::vector<checkpoint::CheckpointInfo>> checkpoints_at(FileSystem& fs,
                                                                 const std::string& run,
                                                                 const Lineage& lineage,
                                                                 const Place& place);

}  // namespace raddle::runs
