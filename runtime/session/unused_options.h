// SPDX-License-Identifier: Apache-2.0
// Options that somebody set and that have no part in a run: told once, because whoever set them
// expects that they have.
#pragma once

#include "runtime/config/config.h"
#include "runtime/models/model_config.h"

namespace raddle::session {

// An option counts as set if a source above the defaults gave it another value than the default;
// what a run takes over from its own record does not, nor, in a run that is `resumed`, what must be
// as it was.
void warn_of_unused_options(const config::Config& config, const models::ModelConfig& model,
                            bool resumed);

}  // namespace raddle::session
