// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/token_weights.h"

#include <algorithm>
#include <utility>

#include "runtime/base/status.h"

namespace raddle::data {

TokenWeights::TokenWeights(std::vector<uint64_t> ends, std::vector<float> weights)
    : ends_(std::move(ends)), weights_(std::move(weights)), counted_(ends_.size()) {
  RADDLE_ASSERT(ends_.size() == weights_.size());
  uint64_t begin = 0, counted = 0;
  for (size_t i = 0; i < ends_.size(); ++i) {
    counted_[i] = counted;
    if (weights_[i] > 0) counted += ends_[i] - begin;
    begin = ends_[i];
  }
}

void TokenWeights::append(uint64_t tokens, float weight) {
  const uint64_t begin = ends_.empty() ? 0 : ends_.back();
  if (!ends_.empty() && weights_.back() == weight) {
    ends_.back() += tokens;
    return;
  }
  const uint64_t counted = count_before(begin);
  ends_.push_back(begin + tokens);
  weights_.push_back(weight);
  counted_.push_back(counted);
}

size_t TokenWeights::run_of(uint64_t token) const {
  return static_cast<size_t>(std::upper_bound(ends_.begin(), ends_.end(), token) - ends_.begin());
}

void TokenWeights::copy(uint64_t begin, std::span<float> out) const {
  if (ends_.empty()) {
    std::fill(out.begin(), out.end(), 1.0f);
    return;
  }
  size_t run = run_of(begin);
  for (size_t done = 0; done < out.size(); ++run) {
    RADDLE_ASSERT(run < ends_.size());
    const size_t rows = std::min<uint64_t>(ends_[run] - begin - done, out.size() - done);
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(done), rows, weights_[run]);
    done += rows;
  }
}

uint64_t TokenWeights::count_before(uint64_t token) const {
  if (token == 0) return 0;
  const size_t run = run_of(token - 1);
  RADDLE_ASSERT(run < ends_.size());
  const uint64_t begin = run == 0 ? 0 : ends_[run - 1];
  return counted_[run] + (weights_[run] > 0 ? token - begin : 0);
}

uint64_t TokenWeights::count(uint64_t begin, uint64_t end) const {
  if (begin >= end) return 0;
  return ends_.empty() ? end - begin : count_before(end) - count_before(begin);
}

}  // namespace raddle::data
