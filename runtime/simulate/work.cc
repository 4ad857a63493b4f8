// SPDX-License-Identifier: Apache-2.0
#include "runtime/simulate/work.h"

#include <algorithm>

namespace raddle::simulate {

void Work::add(std::span<const int32_t> ranks_of_item, const ItemTime& time) {
  items.push_back(
      {static_cast<int64_t>(item_ranks.size()), static_cast<int32_t>(ranks_of_item.size()), time});
  item_ranks.insert(item_ranks.end(), ranks_of_item.begin(), ranks_of_item.end());
}

std::vector<RankTimes> run(const Work& work) {
  std::vector<RankTimes> ranks(static_cast<size_t>(work.ranks));
  for (const Item& item : work.items) {
    const std::span members =
        std::span(work.item_ranks)
            .subspan(static_cast<size_t>(item.first_rank), static_cast<size_t>(item.degree));
    int64_t start = 0;
    for (const int32_t r : members) {
      start = std::max(start, ranks[static_cast<size_t>(r)].clock_ps);
    }
    for (const int32_t r : members) {
      RankTimes& rank = ranks[static_cast<size_t>(r)];
      rank.waiting_ps += start - rank.clock_ps;
      rank.clock_ps = start + item.time.total_ps();
      rank.compute_ps += item.time.compute_ps;
      rank.exposed_ps += item.time.exposed_ps;
      rank.transfer_bound_ps += item.time.transfer_bound_ps;
    }
  }
  return ranks;
}

}  // namespace raddle::simulate
