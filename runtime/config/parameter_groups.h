// SPDX-License-Identifier: Apache-2.0
// Parameter groups, [[optimizer.group]] of a recipe: which parameters are trained otherwise than
// the rest, by patterns of their names. As a value they are one line of TOML, an array of inline
// tables:
//   [{match = ["*.norm.weight"], weight_decay = 0.0}, {match = ["embedding.*"], frozen = true}]
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::config {

struct ParameterGroup {
  std::vector<std::string> match;      // parameter names; * stands for any characters
  double learning_rate_factor = 1;     // on the schedule's rate
  std::optional<double> weight_decay;  // of every parameter of the group, norms and biases too
  bool frozen = false;                 // not trained: no gradient, no moments
};

// "" and "[]" are no groups. INVALID_ARGUMENT names the group and the field.
StatusOr<std::vector<ParameterGroup>> parse_parameter_groups(std::string_view text);
// The one text of equal groups; "" for none.
std::string parameter_groups_text(std::span<const ParameterGroup> groups);

}  // namespace raddle::config
