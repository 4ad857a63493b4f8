// SPDX-License-Identifier: Apache-2.0
// Remembers the ids of words: a few thousand words make up most text. Bounded; emptied when full.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/hash.h"

namespace raddle::data {

class WordCache {
 public:
  static constexpr size_t kLongestWord = 64;  // longer words hardly ever come back

  // The ids of `word`; empty when they are not known. Good until the next call of insert().
  std::span<const int32_t> find(std::string_view word, uint64_t hash) const {
    if (slots_.empty()) return {};
    for (size_t i = hash & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[i];
      if (slot.ids_count == 0) return {};
      if (slot.hash == hash && word == std::string_view(text_).substr(slot.text, slot.text_bytes)) {
        return {ids_.data() + slot.ids, slot.ids_count};
      }
    }
  }
  void insert(std::string_view word, uint64_t hash, std::span<const int32_t> ids) {
    if (slots_.empty() || count_ * 2 >= slots_.size()) clear();
    size_t i = hash & (slots_.size() - 1);
    while (slots_[i].ids_count != 0) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = {hash, static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(ids_.size()),
                 static_cast<uint16_t>(word.size()), static_cast<uint16_t>(ids.size())};
    text_ += word;
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    ++count_;
  }

 private:
  static constexpr size_t kSlots = size_t{1} << 16;
  struct Slot {
    uint64_t hash = 0;
    uint32_t text = 0, ids = 0;
    uint16_t text_bytes = 0, ids_count = 0;  // no ids: free
  };
  void clear() {
    slots_.assign(kSlots, Slot());
    text_.clear();
    ids_.clear();
    count_ = 0;
  }

  std::vector<Slot> slots_;
  std::string text_;
  std::vector<int32_t> ids_;
  size_t count_ = 0;
};

}  // namespace raddle::data
