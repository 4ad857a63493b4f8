// SPDX-License-Identifier: Apache-2.0
// Names of checkpoint directories that are on their way in or out, and what to do with those that
// a crash left behind. None of them parses as a step directory's name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/file_system.h"
#include "runtime/base/status.h"

namespace raddle::checkpoint {

// Being written: worthless. An attempt's directory is a temporary_name() of this.
std::string writing_name(std::string_view step_name);
std::string replaced_name(std::string_view step_name);  // old, moved aside: good until replaced
std::string deleting_name(std::string_view step_name);  // being deleted: worthless

enum class LeftoverKind { kWriting, kReplaced, kDeleting };
struct Leftover {
  LeftoverKind kind;
  std::string step_name;
};
std::optional<Leftover> parse_leftover(std::string_view name);

// Removes what is worthless and moves a replaced checkpoint back when nothing took its place.
Status remove_leftovers(FileSystem& fs, const std::string& root);

}  // namespace raddle::checkpoint
