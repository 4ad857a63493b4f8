// SPDX-License-Identifier: Apache-2.0
// A part of a tensor: a range of elements of the flat, row-major logical tensor. Each writer of a
// checkpoint holds some slices of its tensors and each reader wants some; the two need not agree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/tensor_view.h"
#include "runtime/base/dtype.h"
#include "runtime/base/shape.h"
#include "runtime/base/status.h"

namespace raddle::checkpoint {

struct LogicalTensor {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;  // of all of it
  friend bool operator==(const LogicalTensor&, const LogicalTensor&) = default;
};

struct ElementRange {
  int64_t begin = 0, end = 0;
  int64_t count() const { return end - begin; }
  friend bool operator==(const ElementRange&, const ElementRange&) = default;
};

// What a writer holds. An empty range of a tensor that is not empty is nothing to write.
struct SliceView {
  LogicalTensor tensor;
  ElementRange range;
  const void* data = nullptr;  // of the range's first element
};

// A destination. An empty range reads nothing, but says what the tensor should be.
struct MutableSlice {
  LogicalTensor tensor;
  ElementRange range;
  void* data = nullptr;  // of the range's first element
};

ElementRange whole_range(const Shape& shape);
ElementRange common_range(ElementRange a, ElementRange b);  // empty if they only touch

// OUT_OF_RANGE for a tensor too large to count, INVALID_ARGUMENT for a range that is not within it.
Status check_range(const LogicalTensor& tensor, ElementRange range);

// How a slice lies in a safetensors file: the whole tensor under its own name and shape, a part as
// a vector of its elements under "NAME[BEGIN:END]".
std::string stored_name(const LogicalTensor& tensor, ElementRange range);
Shape stored_shape(const LogicalTensor& tensor, ElementRange range);
// Whether a name ends as those of parts do. No tensor's own name may.
bool is_part_name(std::string_view name);

uint64_t slice_bytes(const LogicalTensor& tensor, ElementRange range);  // of a range that fits

// `tensor "w" (F32 [2, 3])`, or with ", elements [2, 5)" in it, for messages.
std::string describe(const LogicalTensor& tensor, ElementRange range);

struct PlacedRange {
  ElementRange range;
  std::string_view file;
};
// What is wrong when these are not every element of the tensor exactly once; nothing when they are.
std::optional<std::string> find_uncovered(const LogicalTensor& tensor,
                                          std::vector<PlacedRange> ranges);

}  // namespace raddle::checkpoint
