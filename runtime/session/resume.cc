// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/resume.h"

#include "runtime/session/session_impl.h"

namespace raddle::session {
namespace {

// The checkpoint that a session resumes from; "": afresh.
StatusOr<std::string> resume_path(const SessionOptions& options, const RunDirectory& run) {
  if (options.resume.empty()) {
    RADDLE_RETURN_IF_ERROR(run.check_unused());
    return std::string();
  }
  if (options.resume != "auto") return resolve_checkpoint(options.resume);
  if (!run.exists()) {
    return invalid_argument("resume is auto, but there is no run directory to look in");
  }
  return run.newest_or_afresh();
}

}  // namespace

StatusOr<std::optional<ResumePoint>> find_resume_point(const SessionOptions& options,
                                                       const RunDirectory& run) {
  RADDLE_ASSIGN_OR_RETURN(const std::string path, resume_path(options, run));
  if (path.empty()) return std::optional<ResumePoint>();
  RADDLE_ASSIGN_OR_RETURN(SavedState saved, read_saved_state(path));
  return std::optional<ResumePoint>({path, std::move(saved)});
}

StatusOr<std::vector<ChangedOption>> check_resume(const ResumePoint& point,
                                                  const config::Config& config, bool has_model) {
  config::Config saved;
  RADDLE_RETURN_IF_ERROR(
      saved.load_toml_text(point.saved.config_toml, point.checkpoint + " (config)"));
  RADDLE_ASSIGN_OR_RETURN(const auto tokenizer, unpack_tokenizer(point.saved.tokenizer));
  return compare_options({point.checkpoint, point.saved.counters.step, saved, tokenizer.get()},
                         config, has_model);
}

}  // namespace raddle::session
