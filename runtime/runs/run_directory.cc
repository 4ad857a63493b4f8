// SPDX-License-Identifier: Apache-2.0
#include "runtime/runs/run_directory.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "checkpoint/checkpoint.h"
#include "checkpoint/leftovers.h"
#include "runtime/base/log.h"
#include "runtime/base/sealed_file.h"
#include "runtime/base/staged_file.h"
#include "runtime/runs/set_aside.h"

namespace raddle::runs {
namespace {

// JSON has no NaN: a loss that is not finite is null.
nlohmann::json number(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
}

}  // namespace

StatusOr<PathKind> kind_of(const std::string& path) {
  FileSystem& fs = file_system();
  const std::pair<const char*, PathKind> signs[] = {{"/manifest.json", PathKind::kCheckpoint},
                                                    {"/checkpoints", PathKind::kRun},
                                                    {"/lineage.json", PathKind::kRun},
                                                    {"/config.json", PathKind::kHuggingFace}};
  for (const auto& [name, kind] : signs) {
    RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(path + name));
    if (there) return kind;
  }
  return not_found(
      "{} is no model: it has neither manifest.json (a checkpoint) nor checkpoints/ (a run "
      "directory) nor config.json (a Hugging Face directory)",
      path);
}

std::string writer_lock_path(const std::string& run) { return run + "/writer.lock"; }

bool is_live(const std::string& path) {
  const auto kind = kind_of(path);
  const bool is_run = !kind.is_ok() || *kind == PathKind::kRun;
  return FileLock::is_held(
      writer_lock_path(is_run ? path : parent_directory(parent_directory(path))));
}

void wait_a_moment() { std::this_thread::sleep_for(std::chrono::milliseconds(25)); }

checkpoint::Claim share_checkpoints(const std::string& path) {
  const auto kind = kind_of(path);
  const bool is_run = kind.is_ok() && *kind == PathKind::kRun;
  return checkpoint::Claim::share(is_run ? path + "/checkpoints" : parent_directory(path));
}

StatusOr<std::string> resolve_checkpoint(const std::string& path, StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const PathKind kind, kind_of(path));
  if (kind == PathKind::kCheckpoint) return path;
  if (kind == PathKind::kHuggingFace) {
    return invalid_argument("{} is a Hugging Face directory, expected a checkpoint or a run", path);
  }
  FileSystem& fs = file_system();
  // A run that trains on may delete a checkpoint while it is looked at; then there is a newer one.
  for (int attempt = 0;; ++attempt) {
    RADDLE_ASSIGN_OR_RETURN(const Lineage lineage, read_lineage(fs, path));
    RADDLE_ASSIGN_OR_RETURN(const auto all, checkpoints_at(fs, path, lineage, ""));
    const auto newest = checkpoint::newest_valid(all, checkpoints_of(path, ""), stop);
    if (newest.is_ok()) return newest->path;
    if (newest.status().code() == Code::kCancelled) return newest.status();
    constexpr int kAttempts = 10;
    const bool stays = std::all_of(all.begin(), all.end(), [&](const auto& info) {
      const auto there = fs.exists(info.path);
      return info.half_written || !there.is_ok() || *there;
    });
    if (stays || attempt == kAttempts) return newest.status();
  }
}

namespace {

// Setting aside renames checkpoints, which goes no further than a disk.
Status check_one_disk(FileSystem& fs, const std::string& run) {
  const std::string aside = run + "/set-aside", checkpoints = checkpoints_of(run, "");
  RADDLE_ASSIGN_OR_RETURN(FileInfo to, fs.info(aside));
  if (to.kind == FileInfo::Kind::kNone) {
    RADDLE_ASSIGN_OR_RETURN(to, fs.info(run));
  }
  RADDLE_ASSIGN_OR_RETURN(const FileInfo from, fs.info(checkpoints));
  if (from.device == to.device) return Status::ok();
  return failed_precondition(
      "{} is on another disk than {}, so its later checkpoints cannot be set aside; nothing is "
      "changed. Make {} a link to a directory on the disk of the checkpoints, or go on in another "
      "run directory",
      checkpoints, run, aside);
}

}  // namespace

RunDirectory::~RunDirectory() {
  // Nothing can be done about a failure here; what is left is no run.
  FileSystem& fs = file_system();
  if (has_new_tokens_) static_cast<void>(fs.remove_all(tokens()).is_ok());
  lock_.reset();
  if (!is_new_) return;
  const auto left = fs.list(path_);
  if (left.is_ok() && left->empty()) static_cast<void>(fs.remove_all(path_).is_ok());
}

Status RunDirectory::lock() {
  if (!exists() || part_ == RunPart::kFollower) return Status::ok();
  RADDLE_ASSERT(!lock_.has_value());
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(path_));
  RADDLE_RETURN_IF_ERROR(create_directories_durably(fs, path_));
  is_new_ = !there;
  auto lock = fs.lock(writer_lock_path(path_));
  if (!lock.is_ok()) return lock.status();
  lock_.emplace(std::move(lock).value());
  RADDLE_ASSIGN_OR_RETURN(directory_, fs.info(path_));
  RADDLE_ASSIGN_OR_RETURN(const bool has_tokens, fs.exists(tokens()));
  has_new_tokens_ = !has_tokens;
  return Status::ok();
}

Status RunDirectory::check_place() {
  if (!lock_.has_value() || lock_->is_current()) return Status::ok();
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const FileInfo now, fs.info(path_));
  if (now.device != directory_.device || now.inode != directory_.inode) {
    return Status(
        Code::kIo,
        fmt::format("{} is not the directory any more that this session writes to: it was "
                    "moved or removed meanwhile. Nothing is saved there, since another "
                    "session may; put it back, or save to another place",
                    path_));
  }
  // Somebody removed the lock alone. Whoever came in between holds it now, and must not be met.
  auto again = fs.lock(writer_lock_path(path_));
  if (!again.is_ok()) return std::move(again).status();
  log_warning("{} was removed and is taken again", writer_lock_path(path_));
  *lock_ = std::move(again).value();
  return Status::ok();
}

namespace {

struct Traces {
  Lineage lineage;
  bool checkpoints = false, metrics = false, set_aside = false;
  bool any() const { return checkpoints || metrics || set_aside || lineage.saved; }
};

// Files that a run puts beside its checkpoints and metrics, whatever its tokenizer.
std::vector<std::string> own_names() {
  std::vector<std::string> names = {"config.toml"};
  for (const char* name : data::kTokenizerFileNames) names.emplace_back(name);
  return names;
}

// What shows that there has been a run.
StatusOr<Traces> find_traces(const std::string& run) {
  FileSystem& fs = file_system();
  Traces out;
  RADDLE_ASSIGN_OR_RETURN(out.lineage, read_lineage(fs, run));
  RADDLE_ASSIGN_OR_RETURN(const auto all, checkpoints_at(fs, run, out.lineage, ""));
  out.checkpoints =
      std::any_of(all.begin(), all.end(), [](const auto& info) { return !info.half_written; });
  RADDLE_ASSIGN_OR_RETURN(const auto metrics, read_metrics(fs, metrics_of(run, ""), INT64_MAX));
  out.metrics = !metrics.is_empty;
  RADDLE_ASSIGN_OR_RETURN(const auto places, places_set_aside(fs, run));
  out.set_aside = !places.empty();
  return out;
}

}  // namespace

Status RunDirectory::check_unused() const {
  if (!exists()) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(const Traces traces, find_traces(path_));
  if (!traces.any()) return Status::ok();
  return already_exists(
      "{} holds a run already; resume it (--resume auto), or name another run directory", path_);
}

Status RunDirectory::check_files_of_others() const {
  if (!exists()) return Status::ok();
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const Traces traces, find_traces(path_));
  // The record is written first: what a crash left without its checksum is the run's then.
  if (traces.any() || traces.lineage.recorded) return Status::ok();
  std::string found;
  for (const std::string& name : own_names()) {
    const std::string file = path_ + "/" + name;
    RADDLE_ASSIGN_OR_RETURN(const FileInfo info, fs.info(file));
    // With an empty file, as a crash may leave it, nothing is lost.
    const bool is_empty = info.kind == FileInfo::Kind::kFile && info.bytes == 0;
    if (info.kind == FileInfo::Kind::kNone || is_empty) continue;
    RADDLE_ASSIGN_OR_RETURN(const bool sealed, is_sealed(fs, file));
    if (!sealed) found += (found.empty() ? "" : ", ") + name;
  }
  if (found.empty()) return Status::ok();
  return already_exists(
      "{} holds {}, which no run wrote and a run would write over; nothing is changed. Name "
      "another run directory (such as {}), or move what is there to other names",
      path_, found, path_ + "/run");
}

StatusOr<std::string> RunDirectory::newest_or_afresh(StopToken* stop) const {
  RADDLE_ASSERT(exists());
  RADDLE_ASSIGN_OR_RETURN(const Traces traces, find_traces(path_));
  if (traces.checkpoints) {
    auto newest = resolve_checkpoint(path_, stop);
    if (newest.is_ok() || newest.status().code() == Code::kCancelled) return newest;
    return std::move(newest).status().with_context(
        fmt::format("{} holds a run that cannot go on now, and nothing is changed; bring a "
                    "checkpoint back, try again, or name another run directory to begin afresh",
                    path_));
  }
  const Lineage& lineage = traces.lineage;
  if (lineage.recorded && !lineage.saved) return lineage.in_force().from;
  if (!traces.any()) return std::string();
  return data_loss(
      "{0} holds a run, but {0}/checkpoints has no checkpoint any more, and nothing is changed; "
      "bring one back, go on from another with --resume PATH{1}, or name another run directory to "
      "begin afresh",
      path_, traces.set_aside ? fmt::format(" (some are in {}/set-aside)", path_) : "");
}

Status RunDirectory::start_from(const std::string& checkpoint, int64_t step) {
  RADDLE_ASSERT(!checkpoint.empty() && step >= 0);
  start_ = checkpoint;
  start_step_ = step;
  begun_ = false;
  metrics_ = nullptr;
  saved_step_ = -1;
  if (!exists()) return Status::ok();
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const Lineage lineage, read_lineage(fs, path_));
  RADDLE_ASSIGN_OR_RETURN(const auto place, place_of(fs, path_, lineage, start_, step));
  // A checkpoint that is set aside is not yet the run's newest.
  if (place.has_value() && place->empty()) saved_step_ = step;
  return Status::ok();
}

Status RunDirectory::remove_own_leftovers() const {
  FileSystem& fs = file_system();
  // By name: other temporary names in here are of whoever exports or saves to this place.
  std::vector<std::string> own = own_names();
  own.insert(own.end(), {"metrics.jsonl", "lineage.json"});
  for (const std::string& name : own) RADDLE_RETURN_IF_ERROR(remove_stale(fs, path_, name + "."));
  return Status::ok();
}

Status RunDirectory::begin(const config::Config& config, const data::Tokenizer* tokenizer) {
  if (!exists() || begun_) return Status::ok();
  if (part_ == RunPart::kFollower) {
    begun_ = true;
    return Status::ok();
  }
  RADDLE_ASSERT(lock_.has_value());
  FileSystem& fs = file_system();
  RADDLE_RETURN_IF_ERROR(check_place());
  RADDLE_RETURN_IF_ERROR(create_directories_durably(fs, checkpoints()));
  RADDLE_RETURN_IF_ERROR(remove_own_leftovers());
  RADDLE_RETURN_IF_ERROR(begin_branch());
  RADDLE_RETURN_IF_ERROR(write_sealed(fs, path_ + "/config.toml", config.to_toml()));
  if (tokenizer != nullptr) RADDLE_RETURN_IF_ERROR(data::save_tokenizer(fs, *tokenizer, path_));
  RADDLE_RETURN_IF_ERROR(open_metrics());
  begun_ = true;
  is_new_ = has_new_tokens_ = false;
  return Status::ok();
}

Status RunDirectory::begin_branch() {
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(lineage_, read_lineage(fs, path_));
  std::optional<Place> place;
  if (!start_.empty()) {
    RADDLE_ASSIGN_OR_RETURN(place, place_of(fs, path_, lineage_, start_, start_step_));
  }
  RADDLE_RETURN_IF_ERROR(finish_setting_aside(fs, path_, &lineage_));
  RADDLE_RETURN_IF_ERROR(checkpoint::remove_leftovers(fs, checkpoints()));
  if (!start_.empty()) {
    RADDLE_ASSIGN_OR_RETURN(auto next, branch_off(fs, path_, lineage_, place, start_step_, start_));
    if (next.has_value()) {
      RADDLE_RETURN_IF_ERROR(check_one_disk(fs, path_));
      lineage_ = *std::move(next);
      RADDLE_RETURN_IF_ERROR(write_lineage(fs, path_, lineage_));
      return finish_setting_aside(fs, path_, &lineage_);
    }
  }
  if (lineage_.recorded) return Status::ok();
  lineage_.saved = !start_.empty();
  return write_lineage(fs, path_, lineage_);
}

Status RunDirectory::clean() const {
  if (!exists() || begun_ || part_ == RunPart::kFollower) return Status::ok();
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const Traces traces, find_traces(path_));
  if (!traces.any()) return Status::ok();
  RADDLE_RETURN_IF_ERROR(remove_own_leftovers());
  RADDLE_ASSIGN_OR_RETURN(Lineage lineage, read_lineage(fs, path_));
  // Until it is done, where a checkpoint belongs is not settled.
  RADDLE_RETURN_IF_ERROR(finish_setting_aside(fs, path_, &lineage));
  for (const std::string& place : {checkpoints(), tokens()}) {
    RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(place));
    if (!there) continue;
    RADDLE_RETURN_IF_ERROR(place == tokens() ? remove_stale(fs, place, "tokens-")
                                             : checkpoint::remove_leftovers(fs, place));
  }
  return Status::ok();
}

Status RunDirectory::open_metrics() {
  FileSystem& fs = file_system();
  const std::string path = metrics_of(path_, "");
  RADDLE_ASSIGN_OR_RETURN(const MetricsHistory history, read_metrics(fs, path, start_step_));
  if (history.broken > 0) {
    log_warning("{}: {} lines are broken and are left out", path, history.broken);
  }
  if (history.later > 0) {
    log_info(
        "{}: {} lines after step {} are left out: no checkpoint holds those steps, so they are "
        "trained again",
        path, history.later, start_step_);
  }
  RADDLE_ASSIGN_OR_RETURN(metrics_, MetricsLog::create(fs, path, history.lines));
  evaluated_step_ = history.evaluated_step;
  return fs.sync_directory(path_);
}

Status RunDirectory::sync_metrics() {
  return metrics_ == nullptr ? Status::ok() : metrics_->sync();
}

Status RunDirectory::note_saved(int64_t step) {
  RADDLE_ASSERT(begun_ && step >= start_step_);
  saved_step_ = step;
  if (lineage_.saved || part_ == RunPart::kFollower) return Status::ok();
  lineage_.saved = true;
  return write_lineage(file_system(), path_, lineage_);
}

Status RunDirectory::append_step(const StepMetrics& m) {
  if (metrics_ == nullptr) return Status::ok();
  RADDLE_ASSERT(m.step > start_step_);
  nlohmann::ordered_json line;
  line["step"] = m.step;
  line["loss"] = number(m.loss);
  line["total_loss"] = number(m.total_loss);
  line["grad_norm"] = number(m.grad_norm);
  line["lr"] = m.learning_rate;
  line["tokens"] = m.tokens;
  line["tokens_per_second"] = m.tokens_per_second;
  line["step_ms"] = m.step_ms;
  line["skipped"] = m.skipped;
  return metrics_->append(line);
}

Status RunDirectory::append_evaluation(const Evaluation& e) {
  if (metrics_ == nullptr) return Status::ok();
  RADDLE_ASSERT(e.step >= start_step_);
  nlohmann::ordered_json line;
  line["step"] = e.step;
  line["validation_loss"] = number(e.loss);
  line["validation_tokens"] = e.tokens;
  line["validation_seconds"] = e.seconds;
  RADDLE_RETURN_IF_ERROR(metrics_->append(line));
  evaluated_step_ = e.step;
  return Status::ok();
}

}  // namespace raddle::runs
