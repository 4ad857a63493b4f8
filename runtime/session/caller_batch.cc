// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/caller_batch.h"

#include <algorithm>

namespace raddle::session {
namespace {

// Of each token, or not given.
template <class T>
bool is_of_tokens(std::span<const T> values, const CallerBatch& batch) {
  return values.empty() || values.size() == batch.tokens.size();
}

}  // namespace

Status fill_batch(const CallerBatch& from, const models::ModelConfig& model, data::Batch& batch) {
  const size_t count = from.tokens.size(), capacity = batch.tokens.size();
  if (count == 0 || count > capacity) {
    return invalid_argument("a batch has {} tokens, expected 1 to {} (train.micro_batch_tokens)",
                            count, capacity);
  }
  RADDLE_ASSERT(is_of_tokens(from.targets, from) && is_of_tokens(from.weights, from) &&
                is_of_tokens(from.positions, from));
  RADDLE_ASSERT(batch.cu_seqlens.size() == capacity + 1);
  batch.clear();
  std::copy(from.tokens.begin(), from.tokens.end(), batch.tokens.begin());
  const auto valid = static_cast<int32_t>(count);
  std::fill(batch.cu_seqlens.begin(), batch.cu_seqlens.end(), valid);
  batch.cu_seqlens[0] = 0;
  const auto cu = from.cu_seqlens;
  if (!cu.empty()) {
    if (cu.size() > capacity + 1 || cu.front() != 0 || cu.back() != valid ||
        !std::is_sorted(cu.begin(), cu.end())) {
      return invalid_argument("cu_seqlens must rise from 0 to the number of tokens, {}", count);
    }
    std::copy(cu.begin(), cu.end(), batch.cu_seqlens.begin());
  }
  for (size_t i = 1; i < batch.cu_seqlens.size(); ++i) {
    const int32_t length = batch.cu_seqlens[i] - batch.cu_seqlens[i - 1];
    if (length > model.context) {
      return invalid_argument("sequence {} has {} tokens, more than model.context {}", i - 1,
                              length, model.context);
    }
  }
  if (from.targets.empty()) {
    RADDLE_RETURN_IF_ERROR(data::fill_targets(batch));
    if (!from.weights.empty()) {
      for (size_t i = 0; i < count; ++i) batch.weights[i] *= from.weights[i];
      RADDLE_RETURN_IF_ERROR(data::complete_batch(batch));
    }
  } else {
    std::copy(from.targets.begin(), from.targets.end(), batch.targets.begin());
    for (size_t i = 0; i < count; ++i)
      batch.weights[i] = from.weights.empty() ? 1 : from.weights[i];
    RADDLE_RETURN_IF_ERROR(data::complete_batch(batch));
  }
  for (size_t i = 0; i < from.positions.size(); ++i) {
    if (from.positions[i] < 0 || from.positions[i] >= model.context) {
      return invalid_argument("positions[{}] is {}, expected 0 to {}", i, from.positions[i],
                              model.context - 1);
    }
    batch.positions[i] = from.positions[i];
  }
  return data::check_batch(batch, model.vocab_size);
}

}  // namespace raddle::session
