// SPDX-License-Identifier: Apache-2.0
// What the calls about meshes are given: lengths, and a cost file.
#pragma once

#include <span>

#include "runtime/balance/cost_model.h"

namespace raddle::capi {

// INVALID_ARGUMENT: there are none.
StatusOr<std::span<const int64_t>> lengths_of(const int64_t* lengths, int64_t length_count);

// NOT_FOUND: there is no such file; errors of cost_model_from_json().
StatusOr<balance::CostModel> cost_model_at(const char* path);

inline double milliseconds(int64_t ps) { return static_cast<double>(ps) * 1e-9; }

}  // namespace raddle::capi
