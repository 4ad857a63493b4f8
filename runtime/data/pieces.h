// SPDX-License-Identifier: Apache-2.0
// The unit of shuffling: every document cut into pieces of at most `sequence_length` tokens, so
// that a book is shuffled as well as a heap of short texts. A piece knows where its tokens lie and
// whether the token after its last one may be its last target.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/data/token_shard.h"

namespace raddle::data {

enum class Split {
  kAll,         // every piece
  kTrain,       // pieces not kept for validation
  kValidation,  // pieces kept for validation
};

struct Piece {
  uint64_t begin;   // first token in its shard
  uint32_t length;  // tokens, at least 1
  uint16_t shard;
  bool has_next;  // the document goes on in the same split: token begin + length is a target
};

// Of n pieces, round(validation_fraction * n) are kept for validation, at most n - 1, spread evenly
// over the data and independent of any seed. A piece at the border of the splits has no next token,
// so that no token is a target in both.
StatusOr<std::vector<Piece>> cut_pieces(
    const std::vector<std::shared_ptr<const TokenShard>>& shards, int64_t sequence_length,
    double validation_fraction, Split split);

// How many of them are kept for validation: none of a text of one piece.
uint64_t validation_pieces(const std::vector<std::shared_ptr<const TokenShard>>& shards,
                           int64_t sequence_length, double validation_fraction);

}  // namespace raddle::data
