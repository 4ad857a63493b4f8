// SPDX-License-Identifier: Apache-2.0
// Shapes and element types of an op's outputs from those of its inputs; refuses what does not fit.
#pragma once

#include <span>
#include <vector>

#include "runtime/graph/graph.h"

namespace raddle::graph {

// One output of a node. Gradient outputs have the shape of the parameter they belong to.
struct InferredOutput {
  DType dtype = DType::kF32;
  Shape shape;
  bool present = true;  // false: an optional output that these inputs do not have
};

// `inputs` has one entry per Operand, null for absent ones; `attributes` one per AttributeSpec.
Status infer_outputs(OpKind op, std::span<const Tensor* const> inputs,
                     std::span<const double> attributes, std::vector<InferredOutput>* outputs);

}  // namespace raddle::graph
