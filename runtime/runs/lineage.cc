// SPDX-License-Identifier: Apache-2.0
#include "runtime/runs/lineage.h"

#include <algorithm>

#include "checkpoint/json.h"
#include "runtime/base/hash.h"

namespace raddle::runs {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "raddle-lineage";
constexpr uint64_t kVersion = 1;

std::string record_path(const std::string& run) { return run + "/lineage.json"; }

json to_json(const Lineage& lineage) {
  json branches = json::array(), pending = nullptr;
  for (const Branch& branch : lineage.branches) {
    branches.push_back({{"name", branch.name},
                        {"parent", branch.parent},
                        {"step", branch.step},
                        {"from", branch.from}});
  }
  if (lineage.pending.has_value()) {
    json moves = json::array();
    for (const Move& move : lineage.pending->moves) {
      moves.push_back({{"from", move.from}, {"to", move.to}, {"step", move.step}});
    }
    pending = {{"place", lineage.pending->place},
               {"moves", std::move(moves)},
               {"metrics", lineage.pending->metrics},
               {"step", lineage.pending->step}};
  }
  return {{"saved", lineage.saved}, {"branches", branches}, {"setting_aside", pending}};
}

StatusOr<int64_t> read_step(const json& object, const std::string& where) {
  RADDLE_ASSIGN_OR_RETURN(const uint64_t step, checkpoint::json_unsigned(object, "step", where));
  if (step > uint64_t{INT64_MAX}) return data_loss("{}: step {} is too large", where, step);
  return static_cast<int64_t>(step);
}

// "" or a plain file name, so that no path leads out of the run.
StatusOr<Place> read_place(const json& object, const char* key, const std::string& where) {
  RADDLE_ASSIGN_OR_RETURN(Place place, checkpoint::json_string(object, key, where));
  if (place.empty() || checkpoint::is_plain_file_name(place)) return place;
  return data_loss("{}: \"{}\" is no name of a branch", where, place);
}

Status read_branches(const json& body, const std::string& where, Lineage* out) {
  RADDLE_ASSIGN_OR_RETURN(const json* list,
                          checkpoint::json_member(body, "branches", json::value_t::array, where));
  out->branches.clear();
  for (const json& entry : *list) {
    Branch branch;
    RADDLE_ASSIGN_OR_RETURN(branch.name, read_place(entry, "name", where));
    RADDLE_ASSIGN_OR_RETURN(branch.parent, read_place(entry, "parent", where));
    RADDLE_ASSIGN_OR_RETURN(branch.step, read_step(entry, where));
    RADDLE_ASSIGN_OR_RETURN(branch.from, checkpoint::json_string(entry, "from", where));
    out->branches.push_back(std::move(branch));
  }
  if (out->branches.empty()) return data_loss("{}: it names no branch", where);
  return Status::ok();
}

StatusOr<SettingAside> read_pending(const json& value, const std::string& where) {
  SettingAside out;
  RADDLE_ASSIGN_OR_RETURN(out.place, read_place(value, "place", where));
  RADDLE_ASSIGN_OR_RETURN(out.metrics, read_place(value, "metrics", where));
  RADDLE_ASSIGN_OR_RETURN(out.step, read_step(value, where));
  RADDLE_ASSIGN_OR_RETURN(const json* moves,
                          checkpoint::json_member(value, "moves", json::value_t::array, where));
  for (const json& entry : *moves) {
    Move move;
    RADDLE_ASSIGN_OR_RETURN(move.from, read_place(entry, "from", where));
    RADDLE_ASSIGN_OR_RETURN(move.to, read_place(entry, "to", where));
    RADDLE_ASSIGN_OR_RETURN(move.step, read_step(entry, where));
    out.moves.push_back(std::move(move));
  }
  return out;
}

StatusOr<Lineage> parse(const std::string& text, const std::string& where) {
  RADDLE_ASSIGN_OR_RETURN(const json value, checkpoint::parse_json(text, where));
  RADDLE_ASSIGN_OR_RETURN(const std::string format,
                          checkpoint::json_string(value, "format", where));
  RADDLE_ASSIGN_OR_RETURN(const uint64_t version,
                          checkpoint::json_unsigned(value, "version", where));
  if (format != std::string_view(kFormat) || version != kVersion) {
    return Status(Code::kUnimplemented, fmt::format("{}: it is {} {}, this Raddle reads {} {}",
                                                    where, format, version, kFormat, kVersion));
  }
  RADDLE_ASSIGN_OR_RETURN(const uint64_t expected, checkpoint::json_hash(value, "xxh3", where));
  RADDLE_ASSIGN_OR_RETURN(const json* body,
                          checkpoint::json_member(value, "body", json::value_t::object, where));
  RADDLE_ASSIGN_OR_RETURN(const std::string plain, checkpoint::dump_json(*body, -1, where));
  if (hash_text(plain) != expected) {
    return data_loss("{}: its contents have checksum {}, expected {}", where,
                     hash_hex(hash_text(plain)), hash_hex(expected));
  }
  Lineage out;
  out.recorded = true;
  const auto saved = body->find("saved");
  if (saved == body->end() || !saved->is_boolean()) {
    return data_loss("{}: the field \"saved\" is missing", where);
  }
  out.saved = saved->get<bool>();
  RADDLE_RETURN_IF_ERROR(read_branches(*body, where, &out));
  const auto pending = body->find("setting_aside");
  if (pending != body->end() && !pending->is_null()) {
    RADDLE_ASSIGN_OR_RETURN(out.pending, read_pending(*pending, where));
  }
  return out;
}

// The branches on the way to `branch` at `step`, newest first, each with the last step of it.
std::vector<std::pair<std::string, int64_t>> way_to(const Lineage& lineage, std::string branch,
                                                    int64_t step) {
  std::vector<std::pair<std::string, int64_t>> way;
  while (!branch.empty() && way.size() < lineage.branches.size()) {
    way.emplace_back(branch, step);
    const auto found = std::find_if(lineage.branches.begin(), lineage.branches.end(),
                                    [&](const Branch& b) { return b.name == branch; });
    if (found == lineage.branches.end()) break;
    branch = found->parent;
    step = std::min(step, found->step);
  }
  return way;
}

}  // namespace

StatusOr<Lineage> read_lineage(FileSystem& fs, const std::string& run) {
  const std::string path = record_path(run);
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.has_file(path));
  if (!there) return Lineage();
  RADDLE_ASSIGN_OR_RETURN(const std::string text, fs.read_all(path));
  auto lineage = parse(text, path);
  if (lineage.is_ok() || lineage.status().code() != Code::kDataLoss) return lineage;
  return data_loss(
      "{}; it says which branch of the run is in force. If checkpoints/ and metrics.jsonl beside "
      "it are those that you want to go on with, remove it",
      lineage.status().message());
}

Status write_lineage(FileSystem& fs, const std::string& run, const Lineage& lineage) {
  RADDLE_ASSERT(!lineage.branches.empty());  // or it could not be read again
  const std::string path = record_path(run);
  const json body = to_json(lineage);
  RADDLE_ASSIGN_OR_RETURN(const std::string plain, checkpoint::dump_json(body, -1, path));
  const json envelope = {{"format", kFormat},
                         {"version", kVersion},
                         {"xxh3", hash_hex(hash_text(plain))},
                         {"body", body}};
  RADDLE_ASSIGN_OR_RETURN(const std::string text, checkpoint::dump_json(envelope, 1, path));
  return write_file_atomically(fs, path, text + "\n");
}

std::string directory_of(const std::string& run, const Place& place) {
  RADDLE_ASSERT(!run.empty() && place.find('/') == Place::npos);
  return place.empty() ? run : run + "/set-aside/" + place;
}
std::string checkpoints_of(const std::string& run, const Place& place) {
  return directory_of(run, place) + "/checkpoints";
}
std::string metrics_of(const std::string& run, const Place& place) {
  return directory_of(run, place) + "/metrics.jsonl";
}

StatusOr<std::vector<Place>> places_set_aside(FileSystem& fs, const std::string& run) {
  const std::string root = run + "/set-aside";
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(root));
  if (!there) return std::vector<Place>();
  return fs.list(root);
}

int64_t common_step(const Lineage& lineage, const std::string& branch, int64_t step) {
  RADDLE_ASSERT(step >= 0);
  int64_t common = -1;
  const auto here = way_to(lineage, lineage.in_force().name, INT64_MAX);
  for (const auto& [name, last] : way_to(lineage, branch, step)) {
    for (const auto& [own, own_last] : here) {
      if (own == name) common = std::max(common, std::min(last, own_last));
    }
  }
  return common;
}

std::string branch_of_step(const Lineage& lineage, const std::string& branch, int64_t step) {
  std::string owner = branch;
  for (const auto& [name, last] : way_to(lineage, branch, INT64_MAX)) {
    if (step <= last) owner = name;
  }
  return owner;
}

StatusOr<std::vector<Move>> unmade_moves(FileSystem& fs, const std::string& run,
                                         const Lineage& lineage) {
  std::vector<Move> unmade;
  if (!lineage.pending.has_value()) return unmade;
  for (const Move& move : lineage.pending->moves) {
    const auto there = [&](const Place& place) {
      return fs.exists(checkpoint::checkpoint_path(checkpoints_of(run, place), move.step));
    };
    RADDLE_ASSIGN_OR_RETURN(const bool source, there(move.from));
    RADDLE_ASSIGN_OR_RETURN(const bool target, there(move.to));
    // What stands in the target's place may itself be about to leave it.
    const bool leaves = std::any_of(unmade.begin(), unmade.end(), [&](const Move& m) {
      return m.from == move.to && m.step == move.step;
    });
    if (source && (!target || leaves)) unmade.push_back(move);
  }
  return unmade;
}

StatusOr<std::vector<checkpoint::CheckpointInfo>> checkpoints_at(FileSystem& fs,
                                                                 const std::string& run,
                                                                 const Lineage& lineage,
                                                                 const Place& place) {
  RADDLE_ASSIGN_OR_RETURN(auto all, checkpoint::list(checkpoints_of(run, place)));
  RADDLE_ASSIGN_OR_RETURN(const auto unmade, unmade_moves(fs, run, lineage));
  for (const Move& move : unmade) {
    const std::string path = checkpoint::checkpoint_path(checkpoints_of(run, move.from), move.step);
    if (move.from == place) {
      std::erase_if(all, [&](const checkpoint::CheckpointInfo& c) { return c.path == path; });
    } else if (move.to == place) {
      all.push_back(checkpoint::look_at(path, move.step));
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.step < b.step; });
  return all;
}

}  // namespace raddle::runs
