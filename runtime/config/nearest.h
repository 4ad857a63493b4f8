// SPDX-License-Identifier: Apache-2.0
// "Did you mean ...?": the candidate that differs least from what was typed.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace raddle::config {

// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
size_t edit_distance(std::string_view a, std::string_view b);

// Index of the nearest candidate, or nothing if none is near enough to be what was meant. The last
// word of a dotted name counts too: "steps" finds "train.steps". Ties go to the first.
std::optional<size_t> nearest_match(std::string_view typed,
                                    std::span<const std::string_view> candidates);

}  // namespace raddle::config
