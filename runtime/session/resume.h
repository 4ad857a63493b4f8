// SPDX-License-Identifier: Apache-2.0
// What a session goes on from, and whether it may. All of this only reads: a resume that is refused
// leaves the run directory as it was.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/config/config.h"
#include "runtime/data/tokenizer.h"
#include "runtime/runs/run_directory.h"
#include "runtime/runs/saved_state.h"
#include "runtime/session/session.h"
#include "runtime/session/trainer.h"

namespace raddle::session {

struct ResumePoint {
  std::string checkpoint;
  runs::SavedState saved;
};

// By SessionOptions::resume. Nothing: afresh. ALREADY_EXISTS where that would be over another run.
StatusOr<std::optional<ResumePoint>> find_resume_point(const SessionOptions& options,
                                                       const runs::RunDirectory& run);

// For whoever goes on from `checkpoint`, whose record is `saved`: where `config` leaves the matrix
// library open it takes the recorded one, and with it the bits of its results. One that cannot be
// had here is named in a warning.
Status keep_recorded_library(const std::string& checkpoint, const config::Config& saved,
                             config::Config* config);

// Where the files of the tokenizer that `config` names would give other tokens than `own`, that of
// the run so far, which goes on with its own.
void warn_of_changed_tokenizer(const config::Config& config, const data::Tokenizer* own);

// Which of the options that the run was saved with become others of `config`, see
// compare_options(). FAILED_PRECONDITION: some may not.
StatusOr<std::vector<runs::ChangedOption>> check_resume(const ResumePoint& point,
                                                        const config::Config& config,
                                                        bool has_model);

}  // namespace raddle::session
