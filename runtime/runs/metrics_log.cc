// SPDX-License-Identifier: Apache-2.0
#include "runtime/runs/metrics_log.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "runtime/base/assert.h"
#include "runtime/base/json.h"

namespace raddle::runs {
namespace {

struct Line {
  int64_t step = -1;  // -1: not a line of metrics
  bool is_evaluation = false;
};

Line parse_line(std::string_view text) {
  const nlohmann::json entry = json_from(text);
  if (!entry.is_object()) return {};
  const auto step = entry.find("step");
  if (step == entry.end() || !step->is_number_unsigned()) return {};
  return {step->get<int64_t>(), entry.contains("validation_loss")};
}

}  // namespace

StatusOr<MetricsHistory> read_metrics(FileSystem& fs, const std::string& path, int64_t last_step) {
  MetricsHistory out;
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.has_file(path));
  if (!there) return out;
  RADDLE_ASSIGN_OR_RETURN(const std::string text, fs.read_all(path));
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    if (line.empty()) continue;
    out.is_empty = false;
    const auto [step, is_evaluation] = parse_line(line);
    if (step < 0) {
      ++out.broken;
    } else if (step > last_step) {
      ++out.later;
    } else {
      if (is_evaluation) out.evaluated_step = step;
      out.lines.append(line).append("\n");
    }
  }
  return out;
}

StatusOr<std::unique_ptr<MetricsLog>> MetricsLog::create(FileSystem& fs, const std::string& path,
                                                         const std::string& history) {
  const std::string written = temporary_name(path);
  RADDLE_ASSIGN_OR_RETURN(auto file, fs.create_new(written));
  RADDLE_RETURN_IF_ERROR(file->append(history.data(), history.size()));
  RADDLE_RETURN_IF_ERROR(file->sync());
  RADDLE_RETURN_IF_ERROR(fs.rename(written, path));
  return std::unique_ptr<MetricsLog>(new MetricsLog(std::move(file)));
}

Status MetricsLog::append(const nlohmann::ordered_json& line) {
  RADDLE_ASSERT(line.is_object() && line.contains("step"));  // others are left out when it is read
  // After a line that a full disk cut, the next one begins on a line of its own.
  const std::string text = fmt::format("{}{}\n", torn_ ? "\n" : "", json_text(line));
  const Status status = file_->append(text.data(), text.size());
  torn_ = !status.is_ok();
  return status;
}

}  // namespace raddle::runs
