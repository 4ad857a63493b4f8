// SPDX-License-Identifier: Apache-2.0
// The tokens that a run was trained on, for whoever opens the run to look at it: they are there,
// the text may be gone or another by now, and a part that is held back is a part of them.
#pragma once

#include <memory>
#include <string>

#include "runtime/data/loader.h"
#include "runtime/data/token_shard.h"

namespace raddle::session {

struct RunTokens {
  std::string directory;  // is only read; "": there is none
  std::string cursor;  // of the data that the run was trained on; "": the caller names other data
};

// The shard in the directory that the cursor is of; null: there is none.
StatusOr<std::shared_ptr<const data::TokenShard>> find_trained_on(
    const RunTokens& tokens, const data::LoaderOptions& options, StopToken* stop);

}  // namespace raddle::session
