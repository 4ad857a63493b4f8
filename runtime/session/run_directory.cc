// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/run_directory.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "checkpoint/checkpoint.h"
#include "runtime/base/sealed_file.h"
#include "runtime/base/staged_file.h"

namespace raddle::session {
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

checkpoint::Claim share_checkpoints(const std::string& path) {
  const auto kind = kind_of(path);
  const bool is_run = kind.is_ok() && *kind == PathKind::kRun;
  return checkpoint::Claim::share(is_run ? path + "/checkpoints" : parent_directory(path));
}

StatusOr<std::string> resolve_checkpoint(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const PathKind kind, kind_of(path));
  if (kind == PathKind::kCheckpoint) return path;
  if (kind == PathKind::kHuggingFace) {
    return invalid_argument("{} is a Hugging Face directory, expected a checkpoint or a run", path);
  }
  RADDLE_ASSIGN_OR_RETURN(const checkpoint::CheckpointInfo newest,
                          checkpoint::latest_valid(path + "/checkpoints"));
  return newest.path;
}

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
  if (!exists()) return Status::ok();
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(path_));
  RADDLE_RETURN_IF_ERROR(create_directories_durably(fs, path_));
  is_new_ = !there;
  auto lock = fs.lock(writer_lock_path(path_));
  if (!lock.is_ok()) return lock.status();
  lock_.emplace(std::move(lock).value());
  RADDLE_RETURN_IF_ERROR(remove_stale(fs, path_, ""));
  RADDLE_ASSIGN_OR_RETURN(const bool has_tokens, fs.exists(tokens()));
  has_new_tokens_ = !has_tokens;
  return Status::ok();
}

Status RunDirectory::check_unused() const {
  if (!exists()) return Status::ok();
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const bool has_checkpoints, fs.exists(checkpoints()));
  RADDLE_ASSIGN_OR_RETURN(const bool has_metrics, fs.exists(path_ + "/metrics.jsonl"));
  if (has_checkpoints || has_metrics) {
    return already_exists(
        "{} holds a run already; resume it (--resume auto), or name another run directory", path_);
  }
  return Status::ok();
}

void RunDirectory::start_from(int64_t step) {
  start_step_ = step;
  begun_ = false;
  metrics_ = nullptr;
}

Status RunDirectory::begin(const config::Config& config, const data::Tokenizer* tokenizer) {
  if (!exists() || begun_) return Status::ok();
  FileSystem& fs = file_system();
  RADDLE_RETURN_IF_ERROR(create_directories_durably(fs, checkpoints()));
  RADDLE_RETURN_IF_ERROR(write_sealed(fs, path_ + "/config.toml", config.to_toml()));
  if (tokenizer != nullptr) RADDLE_RETURN_IF_ERROR(data::save_tokenizer(fs, *tokenizer, path_));
  RADDLE_RETURN_IF_ERROR(open_metrics());
  begun_ = true;
  is_new_ = has_new_tokens_ = false;
  return Status::ok();
}

Status RunDirectory::open_metrics() {
  FileSystem& fs = file_system();
  const std::string path = path_ + "/metrics.jsonl";
  std::string kept;
  evaluated_step_ = -1;
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(path));
  if (there) {
    RADDLE_ASSIGN_OR_RETURN(const std::string text, fs.read_all(path));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const nlohmann::json entry = nlohmann::json::parse(line, nullptr, false);
      if (!entry.is_object() || !entry.contains("step") || !entry["step"].is_number_integer())
        break;
      const auto line_step = entry["step"].get<int64_t>();
      if (line_step > start_step_) continue;
      kept += line + "\n";
      if (entry.contains("validation_loss")) evaluated_step_ = line_step;
    }
  }
  RADDLE_ASSIGN_OR_RETURN(metrics_, fs.create(path));
  return metrics_->append(kept.data(), kept.size());
}

Status RunDirectory::append_step(const StepMetrics& m) {
  if (metrics_ == nullptr) return Status::ok();
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
  const std::string text = line.dump() + "\n";
  return metrics_->append(text.data(), text.size());
}

Status RunDirectory::append_evaluation(const Evaluation& e) {
  if (metrics_ == nullptr) return Status::ok();
  nlohmann::ordered_json line;
  line["step"] = e.step;
  line["validation_loss"] = number(e.loss);
  line["validation_tokens"] = e.tokens;
  line["validation_seconds"] = e.seconds;
  const std::string text = line.dump() + "\n";
  RADDLE_RETURN_IF_ERROR(metrics_->append(text.data(), text.size()));
  evaluated_step_ = e.step;
  return Status::ok();
}

}  // namespace raddle::session
