// SPDX-License-Identifier: Apache-2.0
// How each op passes gradients back: the rules that autodiff.cc applies in reverse order.
#pragma once

#include <vector>

#include "runtime/graph/builder.h"

namespace raddle::graph {

// What a rule may ask and say. Tensor ids are those of the forward graph.
class GradientContext {
 public:
  virtual ~GradientContext() = default;
  virtual const Graph& forward() const = 0;
  virtual Builder& builder() = 0;
  // The gradient collected so far; absent when no later node depends on the tensor.
  virtual TensorId gradient(TensorId tensor) const = 0;
  // Adds to it, or puts a new value in its place.
  virtual void accumulate(TensorId tensor, TensorId contribution) = 0;
  virtual void replace(TensorId tensor, TensorId gradient) = 0;
  // The tensor as the backward pass sees it: kept, or computed again.
  virtual TensorId saved(TensorId tensor) = 0;
  virtual bool requires_gradient(TensorId tensor) const = 0;
  // Whether the parameter of that index is not to be trained.
  virtual bool is_frozen(int32_t parameter) const = 0;
};

// Emits the backward nodes of forward node `index`. At least one of its outputs has a gradient.
Status add_gradient_nodes(size_t index, GradientContext& context);

}  // namespace raddle::graph
