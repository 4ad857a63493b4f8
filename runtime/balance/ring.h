// SPDX-License-Identifier: Apache-2.0
// What each rank of a ring computes of the attention of a sequence that part_tokens() cut. In hop h
// part i has its own queries and the keys of part i - h (around the ring: keys go from each part to
// the next one). Of the four pairs of chunks those are listed that see each other.
//
// Causal, each hop is two pairs of whole chunks: of the keys of an earlier part only the first
// chunk is seen, by both chunks of queries, and of a later part both are, by the second chunk of
// queries. A part's own keys are one whole pair and two halves. So parts and hops take the same
// time, up to the rounding of chunks.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "runtime/balance/hybrid_plan.h"

namespace raddle::balance {

// Chunks are numbered along the sequence, 0 .. 2 degree - 1.
struct ChunkPair {
  int32_t query_chunk = 0, key_chunk = 0;
  bool diagonal = false;     // causal and the same chunk: a query sees keys up to itself. Else all.
  bool opens_query = false;  // no pair of this query chunk came before: its result is overwritten
  bool opens_key = false;    // none of this key chunk in this hop: its gradients are overwritten
  friend bool operator==(const ChunkPair&, const ChunkPair&) = default;
};

struct RingHop {
  int32_t key_part = 0;  // whose keys are here
  int32_t count = 0;
  std::array<ChunkPair, 4> list;  // by query chunk, then by key chunk
  std::span<const ChunkPair> pairs() const& {
    return std::span(list).first(static_cast<size_t>(count));
  }
  std::span<const ChunkPair> pairs() const&& = delete;  // of a hop that would be gone
};

// Hop 0 .. degree - 1 of part 0 .. degree - 1. Hop 0, the part's own keys, opens all its queries.
// A key chunk without a pair has no gradient of this hop.
RingHop ring_hop(int64_t degree, int64_t part, int64_t hop, bool causal);

// The two chunks of a part, as in part_tokens(), and the tokens of one.
std::array<int32_t, 2> part_chunks(int64_t degree, int64_t part);
TokenRange chunk_tokens(int64_t tokens, int64_t degree, int64_t chunk);

}  // namespace raddle::balance
