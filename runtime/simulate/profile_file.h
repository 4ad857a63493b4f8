// SPDX-License-Identifier: Apache-2.0
// A profile as a small JSON file. A key that is left out keeps its default; an unknown key is
// refused, as is a file without sources: a number should say where it is from.
#pragma once

#include <string>
#include <string_view>

#include "runtime/simulate/profile.h"

namespace raddle::simulate {

inline constexpr int64_t kProfileVersion = 1;

std::string to_json(const Profile& profile);  // with a line feed at its end
// `measured`, rows of tokens, attention_ps and linear_ps, takes the place of a and b in `costs`.
StatusOr<Profile> profile_from_json(std::string_view text, std::string_view where);

}  // namespace raddle::simulate
