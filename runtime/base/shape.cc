// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/shape.h"

#include <fmt/ranges.h>

#include "runtime/base/assert.h"

namespace raddle {

Shape::Shape(std::initializer_list<int64_t> dims)
    : Shape(std::span<const int64_t>(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const int64_t> dims) : rank_(static_cast<int>(dims.size())) {
  RADDLE_ASSERT(dims.size() <= static_cast<size_t>(kMaxRank));
  for (size_t i = 0; i < dims.size(); ++i) {
    RADDLE_ASSERT(dims[i] >= 0);
    dims_[i] = dims[i];
  }
}

int64_t Shape::elements() const {
  int64_t count = 1;
  for (int64_t dim : dims()) count *= dim;
  return count;
}

std::string Shape::to_string() const { return fmt::format("[{}]", fmt::join(dims(), ", ")); }

}  // namespace raddle
