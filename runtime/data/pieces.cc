// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/pieces.h"

#include <algorithm>
#include <cmath>

namespace raddle::data {
namespace {

// Whether piece `i` of `total` is one of the `kept` evenly spread ones. There are less than 2^32
// pieces, so the products fit.
bool kept_for_validation(uint64_t i, uint64_t kept, uint64_t total) {
  return (i + 1) * kept / total > i * kept / total;
}

uint64_t pieces_in(const TokenShard& shard, uint64_t length) {
  uint64_t pieces = 0;
  for (uint64_t d = 0; d < shard.document_count(); ++d) {
    pieces += (shard.document_end(d) - shard.document_begin(d) + length - 1) / length;
  }
  return pieces;
}

// At least one piece is left to train on.
uint64_t kept_of(uint64_t total, double validation_fraction) {
  const auto kept = static_cast<uint64_t>(std::llround(validation_fraction * double(total)));
  return total == 0 ? 0 : std::min(kept, total - 1);
}

class Cutter {
 public:
  Cutter(uint64_t total, uint64_t kept, uint64_t length, Split split)
      : total_(total), kept_(kept), length_(length), split_(split) {}

  void cut(const TokenShard& shard, size_t shard_index, std::vector<Piece>& pieces) {
    for (uint64_t d = 0; d < shard.document_count(); ++d) {
      const uint64_t end = shard.document_end(d);
      for (uint64_t at = shard.document_begin(d); at < end; at += length_, ++index_) {
        if (!wanted(index_)) continue;
        const uint64_t tokens = std::min(length_, end - at);
        pieces.push_back({at, static_cast<uint32_t>(tokens), static_cast<uint16_t>(shard_index),
                          at + tokens < end && wanted(index_ + 1)});
      }
    }
  }

 private:
  bool wanted(uint64_t index) const {
    if (split_ == Split::kAll) return true;
    return kept_for_validation(index, kept_, total_) == (split_ == Split::kValidation);
  }

  uint64_t total_, kept_, length_;
  Split split_;
  uint64_t index_ = 0;  // of the next piece, over all shards
};

}  // namespace

StatusOr<std::vector<Piece>> cut_pieces(
    const std::vector<std::shared_ptr<const TokenShard>>& shards, int64_t sequence_length,
    double validation_fraction, Split split) {
  if (sequence_length < 1 || sequence_length > INT32_MAX) {
    return invalid_argument("sequence length is {}; expected 1 to 2^31 - 1", sequence_length);
  }
  if (!(validation_fraction >= 0.0 && validation_fraction < 1.0)) {
    return invalid_argument("validation fraction is {}; expected 0 <= fraction < 1",
                            validation_fraction);
  }
  if (shards.size() > UINT16_MAX) {
    return invalid_argument("{} token shards; at most {} are read together", shards.size(),
                            UINT16_MAX);
  }
  const auto length = static_cast<uint64_t>(sequence_length);
  uint64_t total = 0;
  for (const auto& shard : shards) total += pieces_in(*shard, length);
  if (total > UINT32_MAX) {
    return resource_exhausted(
        "{} pieces of {} tokens are more than 2^32 - 1; use longer sequences or "
        "fewer shards",
        total, sequence_length);
  }
  const uint64_t kept = kept_of(total, validation_fraction);
  std::vector<Piece> pieces;
  pieces.reserve(split == Split::kAll ? total : split == Split::kTrain ? total - kept : kept);
  Cutter cutter(total, kept, length, split);
  for (size_t s = 0; s < shards.size(); ++s) cutter.cut(*shards[s], s, pieces);
  return pieces;
}

uint64_t validation_pieces(const std::vector<std::shared_ptr<const TokenShard>>& shards,
                           int64_t sequence_length, double validation_fraction) {
  uint64_t total = 0;
  for (const auto& shard : shards) {
    total += pieces_in(*shard, static_cast<uint64_t>(sequence_length));
  }
  return kept_of(total, validation_fraction);
}

}  // namespace raddle::data
