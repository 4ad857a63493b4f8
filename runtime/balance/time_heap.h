// SPDX-License-Identifier: Apache-2.0
// A binary heap of (time, index), least first, of equals the lower index. Its top is changed in
// place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace raddle::balance {

class TimeHeap {
 public:
  struct Entry {
    int64_t time;
    int32_t index;
    bool before(const Entry& other) const {
      return time != other.time ? time < other.time : index < other.index;
    }
  };
  void push(Entry entry);
  const Entry& top() const { return entries_.front(); }
  void replace_top(int64_t time);  // with the same index
  void pop();
  bool empty() const { return entries_.empty(); }
  void reserve(size_t count) { entries_.reserve(count); }

 private:
  void sift_down(size_t at);
  std::vector<Entry> entries_;
};

}  // namespace raddle::balance
