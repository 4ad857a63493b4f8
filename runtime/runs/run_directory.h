// SPDX-License-Identifier: Apache-2.0
// The files of a run: config.toml, tokenizer.json, metrics.jsonl, checkpoints/, and lineage.json
// with set-aside/ (lineage.h). And what a path that a user names may be: a run, a checkpoint, a
// Hugging Face directory.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "checkpoint/claim.h"
#include "runtime/base/file_lock.h"
#include "runtime/base/file_system.h"
#include "runtime/config/config.h"
#include "runtime/data/tokenizer.h"
#include "runtime/runs/lineage.h"
#include "runtime/runs/metrics.h"
#include "runtime/runs/metrics_log.h"

namespace raddle::runs {

enum class PathKind { kRun, kCheckpoint, kHuggingFace };
// NOT_FOUND says what was looked for.
StatusOr<PathKind> kind_of(const std::string& path);

// The checkpoint that `path` names: itself, or the newest good one of the branch in force of a run,
// with a warning for each newer one that is not good. NOT_FOUND: there is none.
StatusOr<std::string> resolve_checkpoint(const std::string& path, StopToken* stop = nullptr);

// The lock of whoever writes to a run.
std::string writer_lock_path(const std::string& run);

// For a reader to hold while it works on `path`, a run or one of its checkpoints: what it finds is
// then not deleted under its hands by a session that trains there.
checkpoint::Claim share_checkpoints(const std::string& path);

// Whether a session trains in the run that `path`, the run or one of its checkpoints, belongs to.
bool is_live(const std::string& path);

// As long as it takes a session that trains to rename a checkpoint.
void wait_a_moment();

// For readers: what is missing in a run that trains may be on its way to another place, and is
// there a moment later.
template <class Read>
auto read_again_while_live(const std::string& path, const Read& read) {
  constexpr int kAttempts = 20;
  for (int attempt = 1;; ++attempt) {
    auto result = read();
    const Code code = result.status().code();
    const bool may_pass = code == Code::kNotFound || code == Code::kDataLoss;
    if (!may_pass || attempt == kAttempts || !is_live(path)) return result;
    wait_a_moment();
  }
}

// Of the ranks of a run one writes to its directory; the others only know what is there.
enum class RunPart : uint8_t { kWriter, kFollower };

class RunDirectory {
 public:
  // `path` "": there is none, and every function does nothing.
  explicit RunDirectory(std::string path, RunPart part = RunPart::kWriter)
      : path_(std::move(path)), part_(part) {}
  // Removes what the preparation of a session that never began has made: the token files, and the
  // directory itself.
  ~RunDirectory();
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  bool exists() const { return !path_.empty(); }
  std::string checkpoints() const { return path_ + "/checkpoints"; }
  std::string tokens() const { return path_ + "/tokens"; }

  // For whoever will write: before anything in the directory is looked at, and until this object
  // goes. UNAVAILABLE names the session that writes to it now.
  Status lock();
  // Before each checkpoint: the directory is still the one that was locked. IO: it was moved or
  // removed. UNAVAILABLE: somebody removed the lock, and another session took it.
  Status check_place();
  // ALREADY_EXISTS if a run is there, which a fresh one would write over.
  Status check_unused() const;
  // ALREADY_EXISTS if no run is there yet, but files under the names of a run's that no run wrote.
  Status check_files_of_others() const;
  // The checkpoint to go on from; "": afresh, as no run is there, or one that never saved. An error
  // whenever there is a run and it is not certain that it can go on.
  StatusOr<std::string> newest_or_afresh(StopToken* stop = nullptr) const;
  // The state that the session goes on from is that of `step` in `checkpoint`: nothing is written
  // yet.
  Status start_from(const std::string& checkpoint, int64_t step);
  // Whether the state of `step` is on disk in this run.
  bool holds(int64_t step) const { return saved_step_ == step; }
  // Makes the directory the run's, or sets aside what comes after the state that the session
  // started from; before the first write to it.
  Status begin(const config::Config& config, const data::Tokenizer* tokenizer);
  // Instead of begin(), where nothing is left to do: removes what killed writers of this run left,
  // and changes nothing else.
  Status clean() const;
  // Metrics so far are on disk before the checkpoint that is about to be written.
  Status sync_metrics();
  // The checkpoint of `step` is written.
  Status note_saved(int64_t step);
  Status append_step(const StepMetrics& metrics);
  Status append_evaluation(const Evaluation& evaluation);
  // Whether the newest evaluation among the metrics is that of `step`.
  bool has_evaluation(int64_t step) const { return evaluated_step_ == step; }

 private:
  Status begin_branch();
  Status remove_own_leftovers() const;
  Status open_metrics();

  std::string path_;
  RunPart part_;
  std::optional<FileLock> lock_;
  FileInfo directory_;                            // when it was locked
  bool is_new_ = false, has_new_tokens_ = false;  // what was not there before
  bool begun_ = false;                            // since start_from()
  std::string start_;                             // a checkpoint; "": afresh
  int64_t start_step_ = 0, saved_step_ = -1, evaluated_step_ = -1;
  Lineage lineage_;  // once begun
  std::unique_ptr<MetricsLog> metrics_;
};

}  // namespace raddle::runs
