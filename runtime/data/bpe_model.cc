// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/bpe_model.h"

#include <algorithm>
#include <queue>
#include <utility>

namespace raddle::data {
namespace {

constexpr size_t kShortWord = 40;  // up to here a scan beats a heap

}  // namespace

BpeModel::BpeModel(const std::array<int32_t, 256>& byte_ids, const std::vector<BpeMerge>& merges,
                   std::unordered_map<std::string, int32_t> words, int32_t unk, bool fuse_unk)
    : byte_ids_(byte_ids),
      merges_(merges),
      words_(std::move(words)),
      unk_(unk),
      fuse_unk_(fuse_unk),
      complete_(std::find(byte_ids.begin(), byte_ids.end(), -1) == byte_ids.end()) {
  for (size_t i = 0; i < merges_.size(); ++i) {
    ranks_.insert(pair_key(merges_[i].left, merges_[i].right), static_cast<uint32_t>(i));
  }
}

size_t BpeModel::start(std::string_view word, int32_t* ids) const {
  size_t count = 0;
  bool after_unknown = false;
  for (const char byte : word) {
    const int32_t id = byte_ids_[static_cast<unsigned char>(byte)];
    const bool unknown = id < 0;
    if (!unknown) ids[count++] = id;
    if (unknown && unk_ >= 0 && !(fuse_unk_ && after_unknown)) ids[count++] = unk_;
    after_unknown = unknown;
  }
  return count;
}

void BpeModel::encode_word(std::string_view word, std::vector<int32_t>& out) const {
  if (!words_.empty()) {
    const auto it = words_.find(std::string(word));
    if (it != words_.end()) {
      out.push_back(it->second);
      return;
    }
  }
  if (complete_ && (word.size() <= 1 || merges_.empty())) {
    for (const char byte : word) out.push_back(byte_ids_[static_cast<unsigned char>(byte)]);
  } else if (word.size() <= kShortWord) {
    std::array<int32_t, kShortWord> ids;
    merge_short({ids.data(), start(word, ids.data())}, out);
  } else {
    std::vector<int32_t> ids(word.size());
    merge_long({ids.data(), start(word, ids.data())}, out);
  }
}

void BpeModel::merge_short(std::span<int32_t> ids, std::vector<int32_t>& out) const {
  std::array<uint32_t, kShortWord> ranks;  // of the pair that starts here
  size_t count = ids.size();
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

void BpeModel::merge_long(std::span<const int32_t> ids, std::vector<int32_t>& out) const {
  constexpr int64_t kEnd = -1;
  struct Symbol {
    int32_t id;
    int64_t previous, next;  // kEnd where there is none
    bool alive;
  };
  const auto count = static_cast<int64_t>(ids.size());
  if (count == 0) return;
  std::vector<Symbol> symbols;
  symbols.reserve(ids.size());
  for (int64_t i = 0; i < count; ++i) {
    symbols.push_back({ids[static_cast<size_t>(i)], i - 1, i + 1 < count ? i + 1 : kEnd, true});
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
