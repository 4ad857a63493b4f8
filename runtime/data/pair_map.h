// SPDX-License-Identifier: Apache-2.0
// From a pair of token ids to a number, by open addressing: the merge table of a tokenizer is asked
// several times for every character, and a node-based map would dominate encoding. Never iterated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace raddle::data {

inline uint64_t pair_key(int32_t left, int32_t right) {
  return (uint64_t{static_cast<uint32_t>(left)} << 32) | static_cast<uint32_t>(right);
}

class PairMap {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  PairMap() : slots_(16) {}

  // The value of `key`, or kNone.
  uint32_t find(uint64_t key) const {
    for (size_t i = slot_of(key);; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].value == kNone || slots_[i].key == key) return slots_[i].value;
    }
  }
  // Inserts unless the key is there; gives the value that is there then. `value` is not kNone.
  uint32_t insert(uint64_t key, uint32_t value) {
    if (count_ * 2 >= slots_.size()) grow();
    for (size_t i = slot_of(key);; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].value != kNone && slots_[i].key != key) continue;
      if (slots_[i].value == kNone) {
        slots_[i] = {key, value};
        ++count_;
      }
      return slots_[i].value;
    }
  }

 private:
  struct Slot {
    uint64_t key = 0;
    uint32_t value = kNone;
  };
  size_t slot_of(uint64_t key) const {
    const uint64_t mixed = (key ^ (key >> 29)) * 0x9E3779B97F4A7C15u;
    return static_cast<size_t>(mixed >> 20) & (slots_.size() - 1);
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    count_ = 0;
    for (const Slot& slot : old) {
      if (slot.value != kNone) insert(slot.key, slot.value);
    }
  }

  std::vector<Slot> slots_;  // a power of two
  size_t count_ = 0;
};

}  // namespace raddle::data
