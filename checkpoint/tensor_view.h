// SPDX-License-Identifier: Apache-2.0
// A named tensor as files see it: contiguous, row-major, little endian. Whoever passes a view keeps
// the memory alive for as long as the callee uses it.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/dtype.h"
#include "runtime/base/shape.h"
#include "runtime/base/status.h"

namespace raddle::checkpoint {

struct TensorView {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  const void* data = nullptr;  // in a mapped file: aligned no better than the file's header made it
};

// A destination. Filled only when everything about the source has been checked.
struct MutableTensor {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  void* data = nullptr;
};

// Bytes of a tensor; OUT_OF_RANGE when dtype x shape does not fit in 63 bits.
StatusOr<uint64_t> tensor_bytes(DType dtype, const Shape& shape);

// "F32 [2, 3]", for messages.
std::string describe(DType dtype, const Shape& shape);

}  // namespace raddle::checkpoint
