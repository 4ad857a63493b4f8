// SPDX-License-Identifier: Apache-2.0
// Byte-level byte-pair encoding of one word: start from bytes, and keep joining the neighbouring
// pair that was learned first (leftmost on a tie) until no pair is known.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/data/pair_map.h"

namespace raddle::data {

struct BpeMerge {
  int32_t left, right, result;
};

class BpeModel {
 public:
  // `byte_ids` has the id of each byte, or -1 for one that no token stands for: it becomes `unk`
  // (with `fuse_unk` one for all that follow each other), or is left out where that is -1.
  // `words` are words that are a token whole, without a look at merges ("ignore_merges" in a
  // tokenizer.json).
  BpeModel(const std::array<int32_t, 256>& byte_ids, const std::vector<BpeMerge>& merges,
           std::unordered_map<std::string, int32_t> words, int32_t unk, bool fuse_unk);

  void encode_word(std::string_view word, std::vector<int32_t>& out) const;
  bool has_merges() const { return !merges_.empty(); }
  // A word's ids are those of its bytes, so it may be cut anywhere.
  bool is_bytewise() const { return merges_.empty() && words_.empty() && !fuse_unk_; }

 private:
  // The ids of the word's bytes, in `ids`, which has room for one a byte; how many there are.
  size_t start(std::string_view word, int32_t* ids) const;
  void merge_short(std::span<int32_t> ids, std::vector<int32_t>& out) const;
  void merge_long(std::span<const int32_t> ids, std::vector<int32_t>& out) const;
  // Rank of the merge of (left, right), PairMap::kNone if there is none.
  uint32_t rank(int32_t left, int32_t right) const { return ranks_.find(pair_key(left, right)); }

  std::array<int32_t, 256> byte_ids_;
  std::vector<BpeMerge> merges_;  // by rank
  PairMap ranks_;
  std::unordered_map<std::string, int32_t> words_;
  int32_t unk_;
  bool fuse_unk_;
  bool complete_;  // every byte has an id
};

}  // namespace raddle::data
