// SPDX-License-Identifier: Apache-2.0
// A cost model as a small JSON file. A key that is left out keeps its default; an unknown key is
// refused, because a coefficient that is spelled wrong would be a default without a word.
#pragma once

#include <string>
#include <string_view>

#include "runtime/balance/cost_model.h"

namespace raddle::balance {

inline constexpr int64_t kCostFileVersion = 1;

std::string to_json(const CostModel& costs);  // with every key that has a default
StatusOr<CostModel> cost_model_from_json(std::string_view text, std::string_view where);

}  // namespace raddle::balance
