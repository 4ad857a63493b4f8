// SPDX-License-Identifier: Apache-2.0
// What all ranks of a job must have in common, as "key = value" lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::control {

// INVALID_ARGUMENT: a line has a line break, or all are too long for a message.
StatusOr<std::string> join_lines(const std::vector<std::string>& lines);

// The first few lines that differ, as "train.steps is 10 there and 20 at rank 0"; "" where none
// does.
std::string difference(std::string_view of_rank_0, std::string_view there);

}  // namespace raddle::control
