// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/leftovers.h"

#include <array>

#include "checkpoint/manifest.h"

namespace raddle::checkpoint {
namespace {

struct Prefix {
  LeftoverKind kind;
  std::string_view text;
};
constexpr std::array<Prefix, 3> kPrefixes = {{{LeftoverKind::kWriting, ".writing-"},
                                              {LeftoverKind::kReplaced, ".replaced-"},
                                              {LeftoverKind::kDeleting, ".deleting-"}}};

std::string with_prefix(LeftoverKind kind, std::string_view step_name) {
  const Prefix& prefix = kPrefixes[static_cast<size_t>(kind)];
  RADDLE_ASSERT(prefix.kind == kind);
  return fmt::format("{}{}", prefix.text, step_name);
}

}  // namespace

std::string writing_name(std::string_view step_name) {
  return with_prefix(LeftoverKind::kWriting, step_name);
}
std::string replaced_name(std::string_view step_name) {
  return with_prefix(LeftoverKind::kReplaced, step_name);
}
std::string deleting_name(std::string_view step_name) {
  return with_prefix(LeftoverKind::kDeleting, step_name);
}

std::optional<Leftover> parse_leftover(std::string_view name) {
  for (const Prefix& prefix : kPrefixes) {
    if (!name.starts_with(prefix.text)) continue;
    std::string_view step_name = name.substr(prefix.text.size());
    // Each attempt to write has a name of its own; those of older versions had none.
    if (prefix.kind == LeftoverKind::kWriting && step_name.ends_with(kTemporarySuffix)) {
      step_name = step_name.substr(0, step_name.find('.'));
    }
    if (parse_step_directory_name(step_name)) return Leftover{prefix.kind, std::string(step_name)};
  }
  return std::nullopt;
}

Status remove_leftovers(FileSystem& fs, const std::string& root) {
  RADDLE_ASSIGN_OR_RETURN(const auto names, fs.list(root));
  for (const std::string& name : names) {
    const auto leftover = parse_leftover(name);
    if (!leftover) continue;
    const std::string path = root + "/" + name, target = root + "/" + leftover->step_name;
    RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(target));
    const bool restore = leftover->kind == LeftoverKind::kReplaced && !there;
    RADDLE_RETURN_IF_ERROR(restore ? fs.rename(path, target) : fs.remove_all(path));
  }
  return Status::ok();
}

}  // namespace raddle::checkpoint
