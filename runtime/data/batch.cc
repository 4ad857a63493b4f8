// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/batch.h"

#include <algorithm>
#include <cmath>

namespace raddle::data {
namespace {

Status check_arrays(const Batch& batch) {
  const size_t rows = batch.tokens.size();
  const bool same = batch.targets.size() == rows && batch.weights.size() == rows &&
                    batch.positions.size() == rows && batch.mtp_targets.size() == rows &&
                    batch.mtp_weights.size() == rows && batch.cu_seqlens.size() == rows + 1;
  if (!same) {
    return invalid_argument(
        "the arrays of a batch of {} tokens differ in length; expected {} rows each and {} "
        "cu_seqlens",
        rows, rows, rows + 1);
  }
  return Status::ok();
}

Status check_sequences(const Batch& batch) {
  RADDLE_RETURN_IF_ERROR(check_arrays(batch));
  const auto& cu = batch.cu_seqlens;
  if (cu[0] != 0) return invalid_argument("cu_seqlens[0] is {}; expected 0", cu[0]);
  for (size_t i = 1; i < cu.size(); ++i) {
    if (cu[i] < cu[i - 1]) {
      return invalid_argument(
          "cu_seqlens[{}] is {}, less than the {} before it; expected starts in "
          "ascending order, the tail repeating the number of rows",
          i, cu[i], cu[i - 1]);
    }
  }
  if (cu.back() > batch.capacity()) {
    return invalid_argument("cu_seqlens ends at row {}, but the batch holds {} rows", cu.back(),
                            batch.capacity());
  }
  return Status::ok();
}

// Everything that follows from tokens, targets, weights and checked sequences.
void fill_derived(Batch& batch) {
  const int32_t rows = batch.cu_seqlens.back();
  batch.token_count = rows;
  batch.weight_sum = 0;
  batch.mtp_weight_sum = 0;
  for (size_t s = 0; s + 1 < batch.cu_seqlens.size() && batch.cu_seqlens[s] < rows; ++s) {
    const auto begin = static_cast<size_t>(batch.cu_seqlens[s]);
    const auto end = static_cast<size_t>(batch.cu_seqlens[s + 1]);
    for (size_t row = begin; row < end; ++row) {
      const bool last = row + 1 == end;
      batch.positions[row] = static_cast<int32_t>(row - begin);
      batch.mtp_targets[row] = last ? 0 : batch.targets[row + 1];
      batch.mtp_weights[row] = last ? 0.0f : batch.weights[row + 1];
      batch.weight_sum += static_cast<double>(batch.weights[row]);
      batch.mtp_weight_sum += static_cast<double>(batch.mtp_weights[row]);
    }
  }
  const auto pad = [rows](auto& values) { std::fill(values.begin() + rows, values.end(), 0); };
  pad(batch.tokens);
  pad(batch.targets);
  pad(batch.weights);
  pad(batch.positions);
  pad(batch.mtp_targets);
  pad(batch.mtp_weights);
}

}  // namespace

Batch::Batch(int64_t rows)
    : tokens(static_cast<size_t>(rows)),
      targets(static_cast<size_t>(rows)),
      weights(static_cast<size_t>(rows)),
      positions(static_cast<size_t>(rows)),
      cu_seqlens(static_cast<size_t>(rows) + 1),
      mtp_targets(static_cast<size_t>(rows)),
      mtp_weights(static_cast<size_t>(rows)) {}

void Batch::clear() {
  std::fill(cu_seqlens.begin(), cu_seqlens.end(), 0);
  fill_derived(*this);
}

Status fill_targets(Batch& batch) {
  RADDLE_RETURN_IF_ERROR(check_sequences(batch));
  const auto rows = static_cast<size_t>(batch.cu_seqlens.back());
  for (size_t row = 0; row < rows; ++row) {
    const bool next = row + 1 < rows;
    batch.targets[row] = next ? batch.tokens[row + 1] : 0;
    batch.weights[row] = next ? 1.0f : 0.0f;
  }
  for (const int32_t end : batch.cu_seqlens) {
    if (end == 0) continue;
    batch.targets[static_cast<size_t>(end) - 1] = 0;
    batch.weights[static_cast<size_t>(end) - 1] = 0.0f;
  }
  fill_derived(batch);
  return Status::ok();
}

Status complete_batch(Batch& batch) {
  RADDLE_RETURN_IF_ERROR(check_sequences(batch));
  fill_derived(batch);
  return Status::ok();
}

Status check_batch(const Batch& batch, int64_t vocab_size) {
  RADDLE_RETURN_IF_ERROR(check_arrays(batch));
  const auto known = [vocab_size](int32_t token) { return token >= 0 && token < vocab_size; };
  for (size_t row = 0; row < batch.tokens.size(); ++row) {
    const float weight = batch.weights[row];
    if (!known(batch.tokens[row])) {
      return invalid_argument("tokens[{}] is {}; expected 0 <= token < {} (the vocabulary)", row,
                              batch.tokens[row], vocab_size);
    }
    if (!(weight >= 0.0f) || !std::isfinite(weight)) {
      return invalid_argument("weights[{}] is {}; expected a finite weight >= 0", row, weight);
    }
    if (weight > 0.0f && !known(batch.targets[row])) {
      return invalid_argument("targets[{}] is {} with weight {}; expected 0 <= target < {}", row,
                              batch.targets[row], weight, vocab_size);
    }
  }
  return Status::ok();
}

}  // namespace raddle::data
