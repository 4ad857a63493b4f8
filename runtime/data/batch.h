// SPDX-License-Identifier: Apache-2.0
// One micro-batch: a fixed number of rows (the capacity), filled with packed sequences of any
// length. The arrays are the inputs of a training graph, row by row. Rows past the last sequence
// are padding: token 0, target 0, weight 0, position 0.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::data {

struct Batch {
  explicit Batch(int64_t rows);

  int64_t capacity() const { return static_cast<int64_t>(tokens.size()); }
  void clear();  // all padding

  std::vector<int32_t> tokens;     // (capacity)
  std::vector<int32_t> targets;    // (capacity): the token that follows
  std::vector<float> weights;      // (capacity): of the row in the loss; 0 where no target is known
  std::vector<int32_t> positions;  // (capacity): 0, 1, ... inside a sequence
  std::vector<int32_t> cu_seqlens;  // (capacity + 1): sequence s is rows [cu[s], cu[s+1]); the tail
                                    // repeats the number of valid rows
  std::vector<int32_t> mtp_targets;  // (capacity): the token after the next
  std::vector<float> mtp_weights;    // (capacity): 0 on a sequence's last row, whose next token is
                                   // not a row of the sequence, and where no second token is known
  int64_t token_count = 0;    // valid rows
  double weight_sum = 0;      // of `weights`
  double mtp_weight_sum = 0;  // of `mtp_weights`
};

// For a batch of which `tokens` and `cu_seqlens` are given: fills everything else. The target of a
// row is the next row of its sequence; the last row of each sequence gets weight 0.
Status fill_targets(Batch& batch);

// For a batch of which `tokens`, `cu_seqlens`, `targets` and `weights` are given: fills positions,
// the multi-token targets (a row's are the next row's targets and weight), sums and padding.
Status complete_batch(Batch& batch);

// INVALID_ARGUMENT naming the first row whose token, or target of non-zero weight, is not in
// [0, vocab_size), or whose weight is negative or not finite.
Status check_batch(const Batch& batch, int64_t vocab_size);

}  // namespace raddle::data
