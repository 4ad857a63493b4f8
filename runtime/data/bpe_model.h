// SPDX-License-Identifier: Apache-2.0
// Byte-level byte-pair encoding of one word: start from bytes, and keep joining the neighbouring
// pair that was learned first (leftmost on a tie) until no pair is known.
#pragma once

#include <array>
#include <cstdint>
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
  // `tokens` are the bytes of each id. With `whole_words` a word that is itself a token becomes
  // that token without looking at merges ("ignore_merges" in a tokenizer.json).
  BpeModel(const std::array<int32_t, 256>& byte_ids, const std::vector<BpeMerge>& merges,
           const std::vector<std::string>& tokens, bool whole_words);

  void encode_word(std::string_view word, std::vector<int32_t>& out) const;
  bool has_merges() const { return !merges_.empty(); }

 private:
  void merge_short(std::string_view word, std::vector<int32_t>& out) const;
  void merge_long(std::string_view word, std::vector<int32_t>& out) const;
  // Rank of the merge of (left, right), PairMap::kNone if there is none.
  uint32_t rank(int32_t left, int32_t right) const { return ranks_.find(pair_key(left, right)); }

  std::array<int32_t, 256> byte_ids_;
  std::vector<BpeMerge> merges_;  // by rank
  PairMap ranks_;
  std::unordered_map<std::string, int32_t> words_;  // filled only with `whole_words`
};

}  // namespace raddle::data
