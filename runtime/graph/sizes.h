// SPDX-License-Identifier: Apache-2.0
// The sizes that the words of an op's shapes stand for (op_table.h): "rows, (heads + 2*kv_heads)*
// head_dim" with heads, kv_heads and head_dim known gives the second size, and a tensor of that
// shape gives `rows`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/shape.h"

namespace raddle::graph {

class Sizes {
 public:
  Sizes() { sizes_.reserve(16); }
  void set(std::string_view word, int64_t size) { sizes_.emplace_back(word, size); }

  // Nothing where a word is not known or the result does not fit 64 bits.
  std::optional<int64_t> evaluate(std::string_view expression) const;
  // Makes `expression` equal `size` by learning its one unknown word, which must be a factor of it
  // and positive. False if it is not equal, or cannot be.
  bool solve(std::string_view expression, int64_t size);

  // The same for all sizes of a shape. Nothing is learned from one that does not match.
  bool matches(std::string_view pattern, const Shape& shape);
  std::optional<Shape> shape_of(std::string_view pattern) const;
  // "[rows, 64]": numbers as far as they are known.
  std::string describe(std::string_view pattern) const;

 private:
  std::optional<int64_t> find(std::string_view word) const;
  std::optional<int64_t> sum(std::string_view* rest) const;
  std::optional<int64_t> product(std::string_view* rest) const;
  std::optional<int64_t> factor(std::string_view* rest) const;

  std::vector<std::pair<std::string_view, int64_t>> sizes_;
  std::optional<Shape> any_;  // what "*" stands for
};

}  // namespace raddle::graph
