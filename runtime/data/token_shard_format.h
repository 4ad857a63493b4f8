// SPDX-License-Identifier: Apache-2.0
// The header of a token shard as it lies in the file; FORMAT.md describes the whole. Little-endian.
#pragma once

#include <bit>
#include <cstdint>

#include "runtime/base/hash.h"

namespace raddle::data {

static_assert(std::endian::native == std::endian::little, "token shards are read in place");

struct TokenShardHeader {
  char magic[8];
  uint32_t version;
  uint32_t token_bytes;  // 2 (u16) or 4 (u32)
  uint64_t vocab_size;
  uint64_t token_count;
  uint64_t document_count;
  uint64_t tokenizer_fingerprint;
  uint64_t payload_hash;  // XXH3-64 of everything after the header
  uint64_t header_hash;   // XXH3-64 of the 56 bytes before this field
};
static_assert(sizeof(TokenShardHeader) == 64);

inline constexpr char kTokenShardMagic[8] = {'R', 'D', 'L', 'T', 'O', 'K', '0', '1'};
inline constexpr uint32_t kTokenShardPlain = 1;     // version: every token has weight 1
inline constexpr uint32_t kTokenShardWeighted = 2;  // version: weights follow the documents
inline constexpr size_t kTokenShardHashedHeader = 56;

// Tokens are followed by zeros up to a multiple of 8 bytes, so that the offsets are aligned; so are
// the weights of runs.
inline uint64_t padded_bytes(uint64_t bytes) { return (bytes + 7) / 8 * 8; }

}  // namespace raddle::data
