// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/dtype.h"

#include <array>

namespace raddle {
namespace {

struct Row {
  DType dtype;
  std::string_view name;
  size_t bytes;
};
constexpr std::array<Row, 9> kRows = {{{DType::kF32, "F32", 4},
                                       {DType::kF64, "F64", 8},
                                       {DType::kBF16, "BF16", 2},
                                       {DType::kF16, "F16", 2},
                                       {DType::kI32, "I32", 4},
                                       {DType::kI64, "I64", 8},
                                       {DType::kU8, "U8", 1},
                                       {DType::kU16, "U16", 2},
                                       {DType::kU32, "U32", 4}}};

const Row& row(DType dtype) {
  const auto index = static_cast<size_t>(dtype);
  RADDLE_ASSERT(index < kRows.size());
  RADDLE_ASSERT(kRows[index].dtype == dtype);
  return kRows[index];
}

}  // namespace

size_t dtype_bytes(DType dtype) { return row(dtype).bytes; }
std::string_view dtype_name(DType dtype) { return row(dtype).name; }

StatusOr<DType> parse_dtype(std::string_view name) {
  for (const Row& r : kRows) {
    if (r.name == name) return r.dtype;
  }
  return invalid_argument(
      "unknown dtype \"{}\"; expected one of F32, F64, BF16, F16, I32, I64, U8, U16, U32", name);
}

}  // namespace raddle
