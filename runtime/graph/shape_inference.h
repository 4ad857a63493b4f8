// SPDX-License-Identifier: Apache-2.0
// Checks a node against its op's entry in the table, and gives the shapes of its outputs.
#pragma once

#include <span>
#include <vector>

#include "runtime/graph/graph.h"

namespace raddle::graph {

// One output of a node.
struct InferredOutput {
  DType dtype = DType::kF32;
  Shape shape;
  bool present = true;  // false: an optional output that these inputs do not have
};

// `inputs` has one entry per Operand, null for absent ones; `attributes` one per AttributeSpec;
// `gradient_of` one per output: the parameter that a gradient output belongs to, else null.
Status infer_outputs(OpKind op, DType precision, std::span<const Tensor* const> inputs,
                     std::span<const double> attributes, std::span<const Tensor* const> gradient_of,
                     std::vector<InferredOutput>* outputs);

// The same for a node of a graph.
Status infer_outputs(const Graph& graph, const Node& node, std::vector<InferredOutput>* outputs);

// What input `input` of a node may hold: a kIndex from 0 to `most`, a kRising from 0 to at most
// `most`. The node is of a verified graph.
struct Domain {
  Values values = Values::kReal;
  int64_t most = 0;
};
Domain input_domain(const Graph& graph, const Node& node, size_t input);

}  // namespace raddle::graph
