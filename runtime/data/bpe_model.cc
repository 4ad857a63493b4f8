// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/bpe_model.h"

#include <queue>
#include <tuple>

namespace raddle::data {
namespace {

constexpr size_t kShortWord = 40;  // up to here a scan beats a heap

}  // namespace

BpeModel::BpeModel(const std::array<int32_t, 256>& byte_ids, const std::vector<BpeMerge>& merges,
                   const std::vector<std::string>& tokens, bool whole_words)
    : byte_ids_(byte_ids), merges_(merges) {
  for (size_t i = 0; i < merges_.size(); ++i) {
    ranks_.insert(pair_key(merges_[i].left, merges_[i].right), static_cast<uint32_t>(i));
  }
  for (size_t id = 0; whole_words && id < tokens.size(); ++id) {
    if (!tokens[id].empty()) words_.emplace(tokens[id], static_cast<int32_t>(id));
  }
}

void BpeModel::encode_word(std::string_view word, std::vector<int32_t>& out) const {
  if (!words_.empty()) {
    const auto it = words_.find(std::string(word));
    if (it != words_.end()) {
      out.push_back(it->second);
      return;
    }
  }
  if (word.size() <= 1 || merges_.empty()) {
    for (const char byte : word) out.push_back(byte_ids_[static_cast<unsigned char>(byte)]);
    return;
  }
  word.size() <= kShortWord ? merge_short(word, out) : merge_long(word, out);
}

void BpeModel::merge_short(std::string_view word, std::vector<int32_t>& out) const {
  std::array<int32_t, kShortWord> ids;
  std::array<uint32_t, kShortWord> ranks;  // of the pair that starts here
  size_t count = word.size();
  for (size_t i = 0; i < count; ++i) ids[i] = byte_ids_[static_cast<unsigned char>(word[i])];
  for (size_t i = 0; i + 1 < count; ++i) ranks[i] = rank(ids[i], ids[i + 1]);
  while (count > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < count; ++i) {
      if (ranks[i] < ranks[best]) best = i;
    }
    if (ranks[best] == PairMap::kNone) break;
    ids[best] = merges_[ranks[best]].result;
    --count;
    for (size_t i = best + 1; i < count; ++i) {
      ids[i] = ids[i + 1];
      ranks[i] = ranks[i + 1];
    }
    if (best > 0) ranks[best - 1] = rank(ids[best - 1], ids[best]);
    if (best + 1 < count) ranks[best] = rank(ids[best], ids[best + 1]);
  }
  out.insert(out.end(), ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count));
}

void BpeModel::merge_long(std::string_view word, std::vector<int32_t>& out) const {
  constexpr int64_t kEnd = -1;
  struct Symbol {
    int32_t id;
    int64_t previous, next;  // kEnd where there is none
    bool alive;
  };
  const auto count = static_cast<int64_t>(word.size());
  std::vector<Symbol> symbols;
  symbols.reserve(word.size());
  for (int64_t i = 0; i < count; ++i) {
    const int32_t id = byte_ids_[static_cast<unsigned char>(word[static_cast<size_t>(i)])];
    symbols.push_back({id, i - 1, i + 1 < count ? i + 1 : kEnd, true});
  }
  using Candidate = std::pair<uint32_t, int64_t>;  // rank, left symbol: the order of merging
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto at = [&](int64_t i) -> Symbol& { return symbols[static_cast<size_t>(i)]; };
  const auto offer = [&](int64_t left) {
    if (left == kEnd || at(left).next == kEnd) return;
    const uint32_t found = rank(at(left).id, at(at(left).next).id);
    if (found != PairMap::kNone) queue.emplace(found, left);
  };
  for (int64_t i = 0; i < count; ++i) offer(i);
  while (!queue.empty()) {
    const auto [found, left] = queue.top();
    queue.pop();
    // The pair may have changed since it was offered.
    if (!at(left).alive || at(left).next == kEnd) continue;
    const int64_t right = at(left).next;
    if (rank(at(left).id, at(right).id) != found) continue;
    at(left).id = merges_[found].result;
    at(left).next = at(right).next;
    at(right).alive = false;
    if (at(left).next != kEnd) at(at(left).next).previous = left;
    offer(at(left).previous);
    offer(left);
  }
  for (int64_t i = 0; i != kEnd; i = at(i).next) out.push_back(at(i).id);
}

}  // namespace raddle::data
