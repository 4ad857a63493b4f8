// SPDX-License-Identifier: Apache-2.0
// Numbers that are not finite are said, not handed on: no token is drawn from them and no
// checkpoint holds them. A weight that is NaN stays NaN, so such a state has no future.
#pragma once

#include <span>

#include "runtime/session/session.h"

namespace raddle::session {

// Weights and moments; gradients are not looked at, each step makes them anew. NUMERIC names the
// first tensor that is not finite throughout. CANCELLED when `stop`, which may be null, is set.
Status check_finite(const exec::StateStore& store, const StopToken* stop);

// Of any number of positions. NUMERIC names the first token whose logit is not finite.
Status check_logits(std::span<const float> logits, int64_t vocab_size);

}  // namespace raddle::session
