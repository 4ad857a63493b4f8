// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/resume.h"

#include "runtime/base/log.h"
#include "runtime/exec/open_device.h"
#include "runtime/session/data_pipeline.h"
#include "runtime/session/session_impl.h"

namespace raddle::session {
namespace {

// The checkpoint that a session resumes from; "": afresh.
StatusOr<std::string> resume_path(const SessionOptions& options, const runs::RunDirectory& run) {
  if (options.resume.empty()) {
    RADDLE_RETURN_IF_ERROR(run.check_unused());
    return std::string();
  }
  if (options.resume != "auto") return runs::resolve_checkpoint(options.resume, options.stop);
  if (!run.exists()) {
    return invalid_argument("resume is auto, but there is no run directory to look in");
  }
  return run.newest_or_afresh(options.stop);
}

}  // namespace

StatusOr<std::optional<ResumePoint>> find_resume_point(const SessionOptions& options,
                                                       const runs::RunDirectory& run) {
  RADDLE_ASSIGN_OR_RETURN(const std::string path, resume_path(options, run));
  RADDLE_RETURN_IF_ERROR(run.check_files_of_others());
  if (path.empty()) return std::optional<ResumePoint>();
  RADDLE_ASSIGN_OR_RETURN(runs::SavedState saved, runs::read_saved_state(path));
  return std::optional<ResumePoint>({path, std::move(saved)});
}

Status keep_recorded_library(const std::string& checkpoint, const config::Config& saved,
                             config::Config* config) {
  constexpr const char* kKey = "kernels.matrix_library";
  if (config->get_string(kKey) != "auto") return Status::ok();
  // Records that name none are of the time when oneDNN came first everywhere.
  const bool is_named = saved.get_string(kKey) != "auto";
  const std::string library = is_named ? saved.get_string(kKey) : "onednn";
  const Status found = exec::device_caps({.matrix_library = library}).status();
  if (found.is_ok()) return config->set(kKey, library, {config::OriginRank::kRecipe, checkpoint});
  if (is_named) {
    log_warning(
        "{}: its matrix products were {}'s, which cannot be had here; the last bits of results "
        "will differ from those there ({})",
        checkpoint, library, found.message());
  }
  return Status::ok();
}

void warn_of_changed_tokenizer(const config::Config& config, const data::Tokenizer* own) {
  const auto spec = tokenizer_spec(config);
  if (own == nullptr || !spec.is_ok() || spec->empty()) return;
  if (*spec == "bpe" || *spec == "bytes") return;
  // One that is gone or damaged is not needed: the checkpoint has its own.
  const auto named = data::load_tokenizer(file_system(), *spec);
  if (!named.is_ok() || *named == nullptr) return;
  const data::SpecialTokens &a = own->special(), &b = (*named)->special();
  const bool same = own->fingerprint() == (*named)->fingerprint() && a.begin == b.begin &&
                    a.end == b.end && a.stops == b.stops;
  if (same) return;
  log_warning(
      "{}: the tokenizer there is not the one that this run was trained with any more (its tokens, "
      "or what it puts before or after a text); the run goes on with its own. To train with the "
      "changed one start a new run in another run directory",
      *spec);
}

StatusOr<std::vector<runs::ChangedOption>> check_resume(const ResumePoint& point,
                                                        const config::Config& config,
                                                        bool has_model) {
  config::Config saved;
  RADDLE_RETURN_IF_ERROR(
      saved.load_toml_text(point.saved.config_toml, point.checkpoint + " (config)"));
  RADDLE_ASSIGN_OR_RETURN(const auto tokenizer, unpack_tokenizer(point.saved.tokenizer));
  return runs::compare_options(
      {point.checkpoint, point.saved.counters.step, saved, tokenizer.get()}, config, has_model);
}

}  // namespace raddle::session
