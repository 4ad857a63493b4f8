// SPDX-License-Identifier: Apache-2.0
// A caller's micro-batch, checked and made into a full one.
#pragma once

#include "runtime/data/batch.h"
#include "runtime/models/model_config.h"
#include "runtime/session/session.h"

namespace raddle::session {

// Padded to the capacity of `batch`, with targets, positions and weights where the caller gave
// none. INVALID_ARGUMENT: too long, or something that a kernel would index with is out of bounds.
Status fill_batch(const CallerBatch& from, const models::ModelConfig& model, data::Batch& batch);

}  // namespace raddle::session
