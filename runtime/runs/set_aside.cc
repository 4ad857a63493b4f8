// SPDX-License-Identifier: Apache-2.0
#include "runtime/runs/set_aside.h"

#include <algorithm>
#include <filesystem>

#include "runtime/base/log.h"
#include "runtime/base/staged_file.h"
#include "runtime/runs/metrics_log.h"

namespace raddle::runs {
namespace {

std::filesystem::path canonical(const std::string& path) {
  std::error_code error;
  const auto found = std::filesystem::weakly_canonical(path, error);
  return error ? std::filesystem::absolute(path, error) : found;
}

// Steps that have a directory, in whatever state that is.
StatusOr<std::vector<int64_t>> steps_at(FileSystem& fs, const std::string& root) {
  std::vector<int64_t> steps;
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(root));
  if (!there) return steps;
  RADDLE_ASSIGN_OR_RETURN(const auto names, fs.list(root));
  for (const std::string& name : names) {
    if (const auto step = checkpoint::parse_step_directory_name(name)) steps.push_back(*step);
  }
  return steps;
}

// A copy of the run's own checkpoint is as good as itself.
bool is_copy_of_own(FileSystem& fs, const std::string& run, const std::string& outside,
                    int64_t step) {
  const std::string own = checkpoint::checkpoint_path(checkpoints_of(run, ""), step);
  const auto mine = fs.read_all(own + "/" + checkpoint::kManifestFile);
  const auto other = fs.read_all(outside + "/" + checkpoint::kManifestFile);
  return mine.is_ok() && other.is_ok() && *mine == *other;
}

// Not the name of any branch, nor of anything that was set aside.
std::string fresh_name(const Lineage& lineage, const std::vector<Place>& places) {
  for (size_t number = lineage.branches.size();; ++number) {
    const std::string name = fmt::format("branch-{}", number + 1);
    const bool taken = std::find(places.begin(), places.end(), name) != places.end() ||
                       std::any_of(lineage.branches.begin(), lineage.branches.end(),
                                   [&](const Branch& branch) { return branch.name == name; });
    if (!taken) return name;
  }
}

// The text of `from` at `to`, unless a run that was interrupted has put it there.
Status keep_copy(FileSystem& fs, const std::string& from, const std::string& to) {
  RADDLE_ASSIGN_OR_RETURN(const bool kept, fs.exists(to));
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.has_file(from));
  if (kept || !there) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(const std::string text, fs.read_all(from));
  return write_file_atomically(fs, to, text);
}

Status make(FileSystem& fs, const std::string& run, const Move& move) {
  const std::string from = checkpoint::checkpoint_path(checkpoints_of(run, move.from), move.step);
  const std::string to = checkpoint::checkpoint_path(checkpoints_of(run, move.to), move.step);
  RADDLE_ASSIGN_OR_RETURN(const bool source, fs.exists(from));
  RADDLE_ASSIGN_OR_RETURN(const bool target, fs.exists(to));
  return source && !target ? fs.rename(from, to) : Status::ok();
}

}  // namespace

StatusOr<std::optional<Place>> place_of(FileSystem& fs, const std::string& run,
                                        const Lineage& lineage, const std::string& checkpoint,
                                        int64_t step) {
  const auto parent = canonical(checkpoint).parent_path();
  std::optional<Place> found;
  if (parent == canonical(checkpoints_of(run, ""))) found = Place();
  RADDLE_ASSIGN_OR_RETURN(const auto places, places_set_aside(fs, run));
  for (const Place& place : places) {
    if (parent == canonical(checkpoints_of(run, place))) found = place;
  }
  if (!found.has_value() && is_copy_of_own(fs, run, checkpoint, step)) found = Place();
  if (!found.has_value()) return found;
  RADDLE_ASSIGN_OR_RETURN(const auto unmade, unmade_moves(fs, run, lineage));
  for (const Move& move : unmade) {
    if (move.from == *found && move.step == step) return std::optional<Place>(move.to);
  }
  return found;
}

StatusOr<std::optional<Lineage>> branch_off(FileSystem& fs, const std::string& run,
                                            const Lineage& lineage,
                                            const std::optional<Place>& place, int64_t step,
                                            const std::string& outside) {
  RADDLE_ASSERT(!lineage.pending.has_value() && step >= 0);
  RADDLE_ASSERT(place.has_value() || !outside.empty());
  const bool is_own = place.has_value() && place->empty();
  const int64_t kept = is_own ? step : place.has_value() ? common_step(lineage, *place, step) : -1;
  RADDLE_ASSIGN_OR_RETURN(const auto steps, steps_at(fs, checkpoints_of(run, "")));
  RADDLE_ASSIGN_OR_RETURN(const auto places, places_set_aside(fs, run));
  const std::string origin = place.has_value() ? "" : canonical(outside).string();
  SettingAside pending;
  Lineage next = lineage;
  // A run that lost its record begins its names anew.
  if (std::find(places.begin(), places.end(), next.in_force().name) != places.end()) {
    next.branches.back().name = fresh_name(next, places);
  }
  pending.place = next.in_force().name;
  pending.step = step;
  for (const int64_t later : steps) {
    if (later > kept) pending.moves.push_back({"", pending.place, later});
  }
  if (is_own && pending.moves.empty()) return std::optional<Lineage>();
  if (!place.has_value()) {
    RADDLE_ASSIGN_OR_RETURN(const auto metrics, read_metrics(fs, metrics_of(run, ""), 0));
    const bool goes_on = !lineage.saved && lineage.in_force().from == origin;
    if (goes_on && pending.moves.empty()) return std::optional<Lineage>();
    if (pending.moves.empty() && metrics.is_empty) {
      next.branches.back().step = step;
      next.branches.back().from = origin;
      next.saved = false;
      return std::optional<Lineage>(std::move(next));
    }
  } else if (!is_own) {
    RADDLE_ASSIGN_OR_RETURN(const auto theirs, steps_at(fs, checkpoints_of(run, *place)));
    for (const int64_t earlier : theirs) {
      if (earlier > kept && earlier <= step) pending.moves.push_back({*place, "", earlier});
    }
  }
  pending.metrics = is_own ? pending.place : place.value_or("");
  const std::string parent = is_own ? pending.place : place.value_or("");
  next.branches.push_back({fresh_name(next, places), parent, step, origin});
  next.saved = place.has_value();
  next.pending = std::move(pending);
  return std::optional<Lineage>(std::move(next));
}

Status finish_setting_aside(FileSystem& fs, const std::string& run, Lineage* lineage) {
  if (!lineage->pending.has_value()) return Status::ok();
  const SettingAside& pending = *lineage->pending;
  const std::string aside = directory_of(run, pending.place);
  RADDLE_RETURN_IF_ERROR(fs.create_directories(checkpoints_of(run, pending.place)));
  RADDLE_RETURN_IF_ERROR(fs.create_directories(checkpoints_of(run, "")));
  for (const Move& move : pending.moves) RADDLE_RETURN_IF_ERROR(make(fs, run, move));
  for (const char* name : {"/metrics.jsonl", "/config.toml"}) {
    // Whoever was killed at this left a part of the copy.
    RADDLE_RETURN_IF_ERROR(remove_stale(fs, aside, std::string(name + 1) + "."));
    RADDLE_RETURN_IF_ERROR(keep_copy(fs, run + name, aside + name));
  }
  MetricsHistory history;
  if (!pending.metrics.empty()) {
    RADDLE_ASSIGN_OR_RETURN(history,
                            read_metrics(fs, metrics_of(run, pending.metrics), pending.step));
  }
  RADDLE_RETURN_IF_ERROR(write_file_atomically(fs, metrics_of(run, ""), history.lines));
  // Names last before the record says that they are made.
  for (const Move& move : pending.moves) {
    RADDLE_RETURN_IF_ERROR(fs.sync_directory(checkpoints_of(run, move.from)));
  }
  for (const std::string& directory : {checkpoints_of(run, ""), checkpoints_of(run, pending.place),
                                       aside, run + "/set-aside", run}) {
    RADDLE_RETURN_IF_ERROR(fs.sync_directory(directory));
  }
  const int64_t count = std::count_if(pending.moves.begin(), pending.moves.end(),
                                      [](const Move& move) { return move.from.empty(); });
  log_info("{}: {} goes on from step {}; {} is set aside with {} checkpoints in {}", run,
           lineage->in_force().name, pending.step, pending.place, count, aside);
  lineage->pending.reset();
  return write_lineage(fs, run, *lineage);
}

}  // namespace raddle::runs
