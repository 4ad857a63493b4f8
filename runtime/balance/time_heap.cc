// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/time_heap.h"

#include <utility>

namespace raddle::balance {

void TimeHeap::push(Entry entry) {
  entries_.push_back(entry);
  for (size_t at = entries_.size() - 1; at > 0;) {
    const size_t above = (at - 1) / 2;
    if (!entries_[at].before(entries_[above])) break;
    std::swap(entries_[at], entries_[above]);
    at = above;
  }
}

void TimeHeap::replace_top(int64_t time) {
  entries_.front().time = time;
  sift_down(0);
}

void TimeHeap::pop() {
  entries_.front() = entries_.back();
  entries_.pop_back();
  if (!entries_.empty()) sift_down(0);
}

void TimeHeap::sift_down(size_t at) {
  const Entry moved = entries_[at];
  const size_t count = entries_.size();
  for (size_t below = 2 * at + 1; below < count; below = 2 * at + 1) {
    if (below + 1 < count && entries_[below + 1].before(entries_[below])) ++below;
    if (!entries_[below].before(moved)) break;
    entries_[at] = entries_[below];
    at = below;
  }
  entries_[at] = moved;
}

}  // namespace raddle::balance
