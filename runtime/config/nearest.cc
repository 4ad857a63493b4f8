// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/nearest.h"

#include <algorithm>
#include <vector>

namespace raddle::config {

namespace {
// Longer input is never a slip of the hand for one of our names.
constexpr size_t kLongestTyped = 128;

std::string_view last_word(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}
}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitute = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substitute});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::optional<size_t> nearest_match(std::string_view typed,
                                    std::span<const std::string_view> candidates) {
  if (typed.empty() || typed.size() > kLongestTyped) return std::nullopt;
  const size_t allowed = std::max<size_t>(2, typed.size() / 3);
  std::optional<size_t> best;
  size_t best_distance = allowed + 1;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const size_t whole = edit_distance(typed, candidates[i]);
    // A lone word may be the end of a dotted name; a whole name that is as near wins.
    const size_t word = typed.find('.') == std::string_view::npos
                            ? edit_distance(typed, last_word(candidates[i])) + 1
                            : whole;
    const size_t distance = std::min(whole, word);
    // A guess that shares no letter with what was typed helps nobody.
    if (distance < best_distance && distance < typed.size()) {
      best = i;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace raddle::config
