// SPDX-License-Identifier: Apache-2.0
// metrics.jsonl: the history of a run, one JSON object with a step a line. Every line is written by
// itself, so a torn or damaged one costs that line only.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runtime/base/file_system.h"

namespace raddle::runs {

struct MetricsHistory {
  std::string lines;              // the good ones up to the step asked for, as they were
  int64_t broken = 0, later = 0;  // lines left out
  bool is_empty = true;           // there is no line at all, good or not
  int64_t evaluated_step = -1;    // of the last evaluation among the lines
};

// Of no file: empty. A file that cannot be read is an error.
StatusOr<MetricsHistory> read_metrics(FileSystem& fs, const std::string& path, int64_t last_step);

class MetricsLog {
 public:
  // Goes on behind `history`, which takes the place of what is at `path` when it is whole.
  static StatusOr<std::unique_ptr<MetricsLog>> create(FileSystem& fs, const std::string& path,
                                                      const std::string& history);
  Status append(const nlohmann::ordered_json& line);
  Status sync() { return file_->sync(); }

 private:
  explicit MetricsLog(std::unique_ptr<WritableFile> file) : file_(std::move(file)) {}
  std::unique_ptr<WritableFile> file_;
  bool torn_ = false;  // the last line may have been written in part
};

}  // namespace raddle::runs
