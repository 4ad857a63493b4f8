// SPDX-License-Identifier: Apache-2.0
// Going on from where a checkpoint lies: which branch that is, and what is set aside for it.
#pragma once

#include <optional>
#include <string>

#include "runtime/runs/lineage.h"

namespace raddle::runs {

// The place of a run that a checkpoint lies in, were every pending rename made; nothing: it lies
// outside the run.
StatusOr<std::optional<Place>> place_of(FileSystem& fs, const std::string& run,
                                        const Lineage& lineage, const std::string& checkpoint,
                                        int64_t step);

// The lineage in which the run goes on from the checkpoint of `step` at `place`, with what is to be
// set aside as pending. Nothing: the branch in force goes on. `outside` is the checkpoint's path
// where it has no place in the run. Only decides; no rename may be pending.
StatusOr<std::optional<Lineage>> branch_off(FileSystem& fs, const std::string& run,
                                            const Lineage& lineage,
                                            const std::optional<Place>& place, int64_t step,
                                            const std::string& outside);

// Makes the pending renames of a lineage that is recorded, and then records that they are made. May
// be interrupted anywhere and called again.
Status finish_setting_aside(FileSystem& fs, const std::string& run, Lineage* lineage);

}  // namespace raddle::runs
