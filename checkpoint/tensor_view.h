// SPDX-License-Identifier: Apache-2.0
// A named tensor as files see it: contiguous, row-major, little endian. Whoever passes a view keeps
// the memory alive for as long as the callee uses it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/base/dtype.h"
#include "runtime/base/file_system.h"
#include "runtime/base/shape.h"
#include "runtime/base/status.h"

namespace raddle::checkpoint {

struct TensorView {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  const void* data = nullptr;
};

// A tensor that lies in a file.
struct StoredTensor {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  uint64_t offset = 0;  // of its first byte, from the start of the file
  std::shared_ptr<const ReadableFile> file;
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
