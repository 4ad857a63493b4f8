// SPDX-License-Identifier: Apache-2.0
// How an op passes gradients back. Each op's rule stands beside its operands in ops/; autodiff.cc
// applies them in reverse order.
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

// One forward node with the shorthand that every rule uses.
class GradientRule {
 public:
  GradientRule(size_t index, GradientContext& context)
      : index_(index), node_(context.forward().nodes()[index]), context_(context) {}

  const Node& node() const { return node_; }
  GradientContext& context() { return context_; }
  TensorId in(size_t i) const { return node_.inputs[i]; }
  TensorId out(size_t i) const { return node_.outputs[i]; }
  TensorId saved_in(size_t i) { return in(i).present() ? context_.saved(in(i)) : TensorId{}; }
  TensorId saved_out(size_t i) { return context_.saved(out(i)); }
  TensorId dy(size_t i = 0) const { return context_.gradient(out(i)); }
  const Shape& shape(TensorId id) const { return context_.forward().tensor(id).shape; }

  // Index of the parameter behind input i; -1 if it is absent or frozen. Weights that are not
  // parameters have no gradient rule.
  StatusOr<int32_t> parameter(size_t i) const;
  Status refuse(std::string_view why) const;
  // The forward node's attributes under the names of the backward op, which shares them.
  std::vector<NamedAttribute> attributes() const;
  std::vector<TensorId> emit(OpKind op, std::initializer_list<TensorId> inputs,
                             std::span<const NamedAttribute> attributes = {},
                             std::span<const int32_t> gradient_parameters = {});
  void pass(size_t input, TensorId gradient);

 private:
  size_t index_;
  const Node& node_;
  GradientContext& context_;
};

// Emits the backward nodes of forward node `index`. At least one of its outputs has a gradient.
Status add_gradient_nodes(size_t index, GradientContext& context);

}  // namespace raddle::graph
