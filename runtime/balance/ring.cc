// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/ring.h"

#include <algorithm>

namespace raddle::balance {

std::array<int32_t, 2> part_chunks(int64_t degree, int64_t part) {
  return {static_cast<int32_t>(part), static_cast<int32_t>(2 * degree - 1 - part)};
}

TokenRange chunk_tokens(int64_t tokens, int64_t degree, int64_t chunk) {
  const bool first = chunk < degree;
  return part_tokens(tokens, degree, first ? chunk : 2 * degree - 1 - chunk)[first ? 0 : 1];
}

RingHop ring_hop(int64_t degree, int64_t part, int64_t hop, bool causal) {
  RingHop result;
  result.key_part = static_cast<int32_t>((part - hop + degree) % degree);
  for (const int32_t query : part_chunks(degree, part)) {
    bool opens_query = hop == 0;
    for (const int32_t key : part_chunks(degree, result.key_part)) {
      if (causal && key > query) continue;
      const bool seen = std::ranges::any_of(
          result.pairs(), [key](const ChunkPair& before) { return before.key_chunk == key; });
      result.list[static_cast<size_t>(result.count++)] = {query, key, causal && key == query,
                                                          opens_query, !seen};
      opens_query = false;
    }
  }
  return result;
}

}  // namespace raddle::balance
