// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <set>

#include "runtime/balance/group_division.h"

namespace raddle::balance {
namespace {

constexpr size_t kMostListed = 300;

bool allowed(const Division& division, int64_t degree) {
  return division.sizes == GroupSizes::kAny || (degree & (degree - 1)) == 0;
}

// The largest size that is allowed and not over `ranks`, which is at least 1.
int64_t largest(const Division& division, int64_t ranks) {
  int64_t degree = ranks;
  while (!allowed(division, degree)) degree &= degree - 1;
  return degree;
}

// All sizes that add up to `left`, none over `most`; false as soon as there are too many.
bool list_all(const Division& division, int64_t left, int64_t most, Degrees* so_far,
              std::vector<Degrees>* all) {
  if (left == 0) {
    all->push_back(*so_far);
    return all->size() <= kMostListed;
  }
  for (int64_t degree = std::min(left, most); degree >= 1; --degree) {
    if (!allowed(division, degree)) continue;
    so_far->push_back(static_cast<int32_t>(degree));
    const bool few = list_all(division, left - degree, degree, so_far, all);
    so_far->pop_back();
    if (!few) return false;
  }
  return true;
}

// Largest first, with groups for the ranks that are left.
Degrees completed(const Division& division, Degrees degrees) {
  int64_t left = division.ranks;
  for (const int32_t degree : degrees) left -= degree;
  while (left > 0) {
    degrees.push_back(static_cast<int32_t>(largest(division, left)));
    left -= degrees.back();
  }
  std::ranges::sort(degrees, std::greater());
  return degrees;
}

// The longest item that is left opens the smallest group that does it in the limit, and others fill
// that group, longest first. Nothing: there are not enough ranks.
Degrees fill_up_to(const Division& division, int64_t limit_ps) {
  std::vector<bool> placed(division.items.size(), false);
  Degrees degrees;
  int64_t left = division.ranks;
  for (size_t first = 0; first < division.items.size(); ++first) {
    if (placed[first]) continue;
    const FlexItem& opens = division.items[first];
    int64_t degree = 1;
    while (degree <= left &&
           (!allowed(division, degree) || opens.tokens > degree * division.capacity ||
            division.time_ps(opens.work_ps, opens.tokens, degree) > limit_ps)) {
      ++degree;
    }
    if (degree > left) return {};
    left -= degree;
    degrees.push_back(static_cast<int32_t>(degree));
    int64_t work = 0, tokens = 0;
    for (size_t i = first; i < division.items.size(); ++i) {
      const FlexItem& item = division.items[i];
      if (placed[i] || tokens + item.tokens > degree * division.capacity ||
          division.time_ps(work + item.work_ps, tokens + item.tokens, degree) > limit_ps) {
        continue;
      }
      placed[i] = true;
      work += item.work_ps;
      tokens += item.tokens;
    }
  }
  return completed(division, std::move(degrees));
}

// Removes groups from the smallest on until they had `ranks` ranks, but not the group `keep`.
// False: they have not so many.
bool take_smallest(int64_t ranks, size_t keep, Degrees* degrees) {
  for (size_t i = degrees->size(); i > 0 && ranks > 0; --i) {
    if (i - 1 == keep) continue;
    ranks -= (*degrees)[i - 1];
    degrees->erase(degrees->begin() + static_cast<ptrdiff_t>(i - 1));
  }
  return ranks <= 0;
}

}  // namespace

std::vector<Degrees> candidate_degrees(const Division& division) {
  std::vector<Degrees> all;
  Degrees so_far;
  if (list_all(division, division.ranks, division.ranks, &so_far, &all)) return all;
  std::set<Degrees> found;
  for (int64_t degree = 1; degree <= division.ranks; ++degree) {
    if (!allowed(division, degree)) continue;
    const Degrees equal(static_cast<size_t>(division.ranks / degree), static_cast<int32_t>(degree));
    found.insert(completed(division, equal));
  }
  int64_t low = 0, high = 0;
  for (const FlexItem& item : division.items)
    high += division.time_ps(item.work_ps, item.tokens, 1);
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    Degrees degrees = fill_up_to(division, middle);
    if (degrees.empty()) {
      low = middle + 1;
    } else {
      high = middle;
      found.insert(std::move(degrees));
    }
  }
  return {found.begin(), found.end()};
}

std::vector<Degrees> neighbours(const Division& division, const Degrees& degrees) {
  std::set<Degrees> found;
  for (size_t i = 0; i < degrees.size(); ++i) {
    if (i > 0 && degrees[i] == degrees[i - 1]) continue;
    if (degrees[i] > 1) {
      Degrees halved = degrees;
      halved[i] = static_cast<int32_t>(largest(division, degrees[i] / 2));
      found.insert(completed(division, std::move(halved)));
    }
    const int64_t more = division.sizes == GroupSizes::kAny ? 1 : degrees[i];
    Degrees grown = degrees;
    if (!take_smallest(more, i, &grown)) continue;
    // Groups before i, which are larger, may have been taken too.
    const auto at = std::ranges::find(grown, degrees[i]);
    if (at == grown.end()) continue;
    *at += static_cast<int32_t>(more);
    found.insert(completed(division, std::move(grown)));
  }
  return {found.begin(), found.end()};
}

}  // namespace raddle::balance
