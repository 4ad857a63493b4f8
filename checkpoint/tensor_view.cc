// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/tensor_view.h"

namespace raddle::checkpoint {

StatusOr<uint64_t> tensor_bytes(DType dtype, const Shape& shape) {
  int64_t bytes = static_cast<int64_t>(dtype_bytes(dtype));
  for (int64_t dim : shape.dims()) {
    if (__builtin_mul_overflow(bytes, dim, &bytes)) {
      return out_of_range("a tensor of {} has more bytes than 2^63", describe(dtype, shape));
    }
  }
  return static_cast<uint64_t>(bytes);
}

std::string describe(DType dtype, const Shape& shape) {
  return fmt::format("{} {}", dtype_name(dtype), shape.to_string());
}

}  // namespace raddle::checkpoint
