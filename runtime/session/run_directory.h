// SPDX-License-Identifier: Apache-2.0
// The files of a run: config.toml, tokenizer.json, metrics.jsonl, checkpoints/. And what a path
// that a user names may be: a run, a checkpoint, a Hugging Face directory.
#pragma once

#include <memory>
#include <string>

#include "runtime/base/file_system.h"
#include "runtime/config/config.h"
#include "runtime/data/tokenizer.h"
#include "runtime/session/session.h"

namespace raddle::session {

enum class PathKind { kRun, kCheckpoint, kHuggingFace };
// NOT_FOUND says what was looked for.
StatusOr<PathKind> kind_of(const std::string& path);

// The checkpoint that `path` names: itself, or the newest good one of a run. NOT_FOUND: none.
StatusOr<std::string> resolve_checkpoint(const std::string& path);

class RunDirectory {
 public:
  // `path` "": there is none, and every function does nothing.
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}

  bool exists() const { return !path_.empty(); }
  std::string checkpoints() const { return path_ + "/checkpoints"; }
  std::string tokens() const { return path_ + "/tokens"; }

  // ALREADY_EXISTS if a run is there and this one starts afresh.
  Status prepare(const config::Config& config, const data::Tokenizer* tokenizer, bool resuming);
  // Keeps the lines of steps up to `step` and goes on behind them.
  Status open_metrics(int64_t step);
  Status append_step(const StepMetrics& metrics);
  Status append_evaluation(const Evaluation& evaluation);

 private:
  std::string path_;
  std::unique_ptr<WritableFile> metrics_;
};

}  // namespace raddle::session
