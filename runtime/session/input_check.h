// SPDX-License-Identifier: Apache-2.0
// Checks a caller's raw inputs against a graph before any kernel trusts them. What the values of an
// input may be follows from what the graph does with them: from the operands that they reach,
// whatever the input is called.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"
#include "runtime/graph/shape_inference.h"
#include "runtime/session/session.h"

namespace raddle::session {

class InputCheck {
 public:
  explicit InputCheck(const graph::Graph& graph);

  // Each input of the graph once, of its type and shape; indices inside what they index; real
  // numbers finite.
  Status run(std::span<const InputView> inputs) const;
  int64_t input_count() const { return static_cast<int64_t>(inputs_.size()); }

 private:
  // An operand that an input reaches.
  struct Use {
    std::string of;  // "ids of node 3 (embedding)"
    graph::Domain domain;
    int32_t mask = -1;  // an input of the graph; where it is 0 the value is not used
    friend bool operator==(const Use& a, const Use& b) {
      return a.domain.values == b.domain.values && a.domain.most == b.domain.most &&
             a.mask == b.mask;
    }
  };
  struct Input {
    std::string name;
    DType dtype = DType::kF32;
    Shape shape;
    std::vector<Use> uses;
  };
  void add_uses(const graph::Graph& graph, size_t node, std::span<const int32_t> input_of);
  StatusOr<std::vector<const InputView*>> match(std::span<const InputView> given) const;

  std::vector<Input> inputs_;
};

}  // namespace raddle::session
