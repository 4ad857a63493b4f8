// SPDX-License-Identifier: Apache-2.0
// Tensors of several types and shapes, cut into slices at will: for what several write and read.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "checkpoint/parts.h"
#include "runtime/base/random.h"

namespace raddle::checkpoint {

struct CutState {
  std::vector<LogicalTensor> tensors = {{"w", DType::kF32, {6, 10}},
                                        {"half", DType::kBF16, {7}},
                                        {"count", DType::kI64, {}},
                                        {"none", DType::kF32, {0, 3}},
                                        {"bytes", DType::kU8, {3, 1, 5}}};
  std::vector<std::vector<std::byte>> data;  // of each

  // Every byte depends on the seed.
  static CutState of(uint64_t seed) {
    CutState state = empty();
    RandomStream random(11, seed);
    for (auto& bytes : state.data) {
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(256));
    }
    return state;
  }
  static CutState empty() {
    CutState state;
    for (const LogicalTensor& tensor : state.tensors) {
      state.data.emplace_back(slice_bytes(tensor, whole_range(tensor.shape)));
    }
    return state;
  }
  void* at(size_t tensor, int64_t element) {
    return data[tensor].data() + slice_bytes(tensors[tensor], {0, element});
  }
  SliceView view(size_t tensor, ElementRange range) {
    return {tensors[tensor], range, at(tensor, range.begin)};
  }
  MutableSlice destination(size_t tensor, ElementRange range) {
    return {tensors[tensor], range, at(tensor, range.begin)};
  }
  friend bool operator==(const CutState& a, const CutState& b) { return a.data == b.data; }
};

// Which elements of a tensor are those of `share` when all are shared out evenly.
inline ElementRange share_of(const LogicalTensor& tensor, int64_t share, int64_t shares) {
  const int64_t elements = tensor.shape.elements();
  if (elements == 0) return {0, 0};
  return {elements * share / shares, elements * (share + 1) / shares};
}

// What `writer` of `writers` holds. Somebody has to hold what has no elements.
inline std::vector<SliceView> even_slices(CutState& state, int64_t writer, int64_t writers) {
  std::vector<SliceView> slices;
  for (size_t i = 0; i < state.tensors.size(); ++i) {
    const bool is_empty = state.tensors[i].shape.elements() == 0;
    if (is_empty && writer > 0) continue;
    slices.push_back(state.view(i, share_of(state.tensors[i], writer, writers)));
  }
  return slices;
}

inline StatusOr<std::vector<PartRecord>> write_even_parts(FileSystem& fs, const Attempt& attempt,
                                                          CutState& state) {
  std::vector<PartRecord> records;
  for (int64_t writer = 0; writer < attempt.writers; ++writer) {
    const auto slices = even_slices(state, writer, attempt.writers);
    RADDLE_ASSIGN_OR_RETURN(PartRecord record, write_part(fs, attempt, writer, slices));
    records.push_back(std::move(record));
  }
  return records;
}

// All of it by `writers`, the state beside the tensors being the seed of `of()`.
inline Status write_evenly(FileSystem& fs, const std::string& root, int64_t step, int64_t writers,
                           uint64_t seed) {
  CutState state = CutState::of(seed);
  RADDLE_ASSIGN_OR_RETURN(const Attempt attempt,
                          begin_write(fs, root, step, writers, state.tensors));
  RADDLE_ASSIGN_OR_RETURN(const auto records, write_even_parts(fs, attempt, state));
  return commit(fs, attempt, state.tensors, records, {{"seed", seed}});
}

// Reader `reader` of `readers` fills its share, and says what it expects of the rest.
inline Status read_evenly(const std::string& path, int64_t reader, int64_t readers,
                          CutState& state) {
  std::vector<MutableSlice> slices;
  for (size_t i = 0; i < state.tensors.size(); ++i) {
    slices.push_back(state.destination(i, share_of(state.tensors[i], reader, readers)));
  }
  return read_slices(path, slices).status();
}

}  // namespace raddle::checkpoint
