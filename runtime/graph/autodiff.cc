// SPDX-License-Identifier: Apache-2.0
// The forward nodes are copied with each loss replaced by its fused training form (which makes the
// first gradients while the logits are in memory); then every node is visited in reverse and its
// rule adds what flows to its inputs.
#include "runtime/graph/autodiff.h"

#include <algorithm>
#include <array>

#include "runtime/graph/gradient_rules.h"

namespace raddle::graph {
namespace {

class Differentiator final : public GradientContext {
 public:
  Differentiator(const Graph& forward, const AutodiffOptions& options)
      : forward_(forward),
        options_(options),
        builder_(Builder::without_nodes(forward)),
        gradient_(forward.tensors().size()),
        requires_(forward.tensors().size(), 0),
        leaves_block_(forward.tensors().size(), 0),
        clone_(forward.tensors().size()) {}

  StatusOr<Graph> run();

  const Graph& forward() const override { return forward_; }
  Builder& builder() override { return builder_; }
  TensorId gradient(TensorId tensor) const override { return gradient_[at(tensor)]; }
  void accumulate(TensorId tensor, TensorId contribution) override;
  void replace(TensorId tensor, TensorId gradient) override { gradient_[at(tensor)] = gradient; }
  TensorId saved(TensorId tensor) override;
  bool requires_gradient(TensorId tensor) const override { return requires_[at(tensor)] != 0; }
  bool is_frozen(int32_t parameter) const override {
    return !options_.frozen.empty() && options_.frozen[static_cast<size_t>(parameter)] != 0;
  }

 private:
  static size_t at(TensorId tensor) {
    RADDLE_ASSERT(tensor.present());
    return static_cast<size_t>(tensor.value);
  }
  bool any_requires_gradient(const Node& node) const;
  void mark_requirements();
  void mark_block_exits();
  Status check_losses() const;
  Status copy_forward();
  Status copy_loss(const Node& node, double coefficient);
  bool is_recomputed(TensorId tensor) const;
  void clone_node(const Node& node);
  Status check_parameters(const Graph& graph) const;

  const Graph& forward_;
  const AutodiffOptions& options_;
  Builder builder_;
  std::vector<TensorId> gradient_;  // by forward tensor
  std::vector<char> requires_;      // depends on a parameter that is trained
  std::vector<char> leaves_block_;  // used outside the block that makes it
  std::vector<TensorId> clone_;     // the recomputed twin of a tensor
};

bool Differentiator::any_requires_gradient(const Node& node) const {
  return std::any_of(node.inputs.begin(), node.inputs.end(),
                     [&](TensorId id) { return id.present() && requires_[at(id)] != 0; });
}

void Differentiator::mark_requirements() {
  for (size_t i = 0; i < forward_.parameters().size(); ++i) {
    requires_[at(forward_.parameters()[i].tensor)] = !is_frozen(static_cast<int32_t>(i));
  }
  for (const Node& node : forward_.nodes()) {
    const bool any = any_requires_gradient(node);
    for (TensorId id : node.outputs) {
      if (id.present()) requires_[at(id)] = any;
    }
    // The gradient of a read takes that of its state, even if nothing before it is trained.
    if (node.op == OpKind::kHyperConnectionRead && any) requires_[at(node.inputs[0])] = 1;
  }
}

void Differentiator::mark_block_exits() {
  for (const Node& node : forward_.nodes()) {
    for (TensorId id : node.inputs) {
      if (!id.present()) continue;
      const int32_t producer = forward_.tensor(id).producer;
      if (producer < 0) continue;
      if (forward_.nodes()[static_cast<size_t>(producer)].block != node.block) {
        leaves_block_[at(id)] = 1;
      }
    }
  }
  for (TensorId id : forward_.outputs()) leaves_block_[at(id)] = 1;
}

Status Differentiator::check_losses() const {
  for (const Loss& loss : forward_.losses()) {
    const Tensor& tensor = forward_.tensor(loss.tensor);
    const OpKind op = forward_.nodes()[static_cast<size_t>(tensor.producer)].op;
    if (op == OpKind::kLinearCrossEntropy) continue;
    return unimplemented("the loss {} is made by {}; only linear_cross_entropy can be a loss",
                         tensor.name, op_info(op).name);
  }
  return Status::ok();
}

Status Differentiator::copy_loss(const Node& node, double coefficient) {
  const Tensor& weight = forward_.tensor(node.inputs[1]);
  if (weight.kind != TensorKind::kParameter) {
    return unimplemented("the loss {} projects with {}, which is no parameter",
                         forward_.tensor(node.outputs[0]).name, weight.name);
  }
  if (!any_requires_gradient(node)) {  // nothing that it depends on is trained
    builder_.add_node(node);
    return builder_.status();
  }
  const NamedAttribute by = {"coefficient", coefficient};
  const std::array<int32_t, 1> gradients = {is_frozen(weight.parameter) ? -1 : weight.parameter};
  const auto out = builder_.add({OpKind::kLinearCrossEntropyTrain,
                                 node.inputs,
                                 std::span(&by, 1),
                                 gradients,
                                 {},
                                 {},
                                 node.outputs[0]});
  accumulate(node.inputs[0], out[1]);
  return builder_.status();
}

Status Differentiator::copy_forward() {
  for (const Node& node : forward_.nodes()) {
    builder_.set_block(node.block);
    const Loss* loss = nullptr;
    for (const Loss& candidate : forward_.losses()) {
      if (candidate.tensor == node.outputs[0]) loss = &candidate;
    }
    if (loss != nullptr) {
      RADDLE_RETURN_IF_ERROR(copy_loss(node, loss->coefficient));
    } else {
      builder_.add_node(node);
    }
  }
  return Status::ok();
}

void Differentiator::accumulate(TensorId tensor, TensorId contribution) {
  TensorId& total = gradient_[at(tensor)];
  total = total.present() ? builder_.op(OpKind::kAdd, {total, contribution}) : contribution;
}

bool Differentiator::is_recomputed(TensorId tensor) const {
  const int32_t producer = forward_.tensor(tensor).producer;
  return options_.recompute_blocks && producer >= 0 && !leaves_block_[at(tensor)] &&
         forward_.nodes()[static_cast<size_t>(producer)].block >= 0;
}

// What a node needs is cloned before the node. A list in place of recursion: a block may be a chain
// of any length.
TensorId Differentiator::saved(TensorId tensor) {
  if (!is_recomputed(tensor)) return tensor;
  std::vector<TensorId> wanted = {tensor};
  while (!wanted.empty()) {
    const TensorId next = wanted.back();
    const Node& node = forward_.nodes()[static_cast<size_t>(forward_.tensor(next).producer)];
    const size_t before = wanted.size();
    if (!clone_[at(next)].present()) {
      for (size_t i = node.inputs.size(); i-- > 0;) {
        const TensorId id = node.inputs[i];
        if (id.present() && is_recomputed(id) && !clone_[at(id)].present()) wanted.push_back(id);
      }
      if (wanted.size() > before) continue;
      clone_node(node);
    }
    wanted.pop_back();
  }
  return clone_[at(tensor)];
}

void Differentiator::clone_node(const Node& node) {
  std::vector<TensorId> inputs;
  for (TensorId id : node.inputs) {
    inputs.push_back(id.present() && is_recomputed(id) ? clone_[at(id)] : id);
  }
  std::vector<NamedAttribute> attributes;
  const auto specs = op_info(node.op).attributes;
  for (size_t i = 0; i < specs.size(); ++i) {
    attributes.emplace_back(specs[i].name, node.attributes[i]);
  }
  const auto outputs = builder_.ops(node.op, inputs, attributes);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (node.outputs[i].present()) clone_[at(node.outputs[i])] = outputs[i];
  }
}

Status Differentiator::check_parameters(const Graph& graph) const {
  // Gradients reach a parameter where an op has a gradient output for it and nowhere else.
  for (const Parameter& p : forward_.parameters()) {
    if (!gradient_[at(p.tensor)].present()) continue;
    return unimplemented(
        "parameter {} is used like an activation, where it cannot be trained; use it as a table, "
        "weight or bias, or make it an input",
        forward_.tensor(p.tensor).name);
  }
  std::vector<char> reached(graph.parameters().size(), 0);
  for (const Tensor& tensor : graph.tensors()) {
    if (tensor.kind == TensorKind::kGradient) reached[static_cast<size_t>(tensor.parameter)] = 1;
  }
  for (size_t i = 0; i < reached.size(); ++i) {
    if (!reached[i] && !is_frozen(static_cast<int32_t>(i))) {
      return invalid_argument("parameter {} has no path to a loss; remove it or use it",
                              graph.tensor(graph.parameters()[i].tensor).name);
    }
  }
  return Status::ok();
}

StatusOr<Graph> Differentiator::run() {
  mark_requirements();
  mark_block_exits();
  RADDLE_RETURN_IF_ERROR(check_losses());
  RADDLE_RETURN_IF_ERROR(copy_forward());
  builder_.set_phase(Phase::kBackward);
  for (size_t i = forward_.nodes().size(); i-- > 0;) {
    const Node& node = forward_.nodes()[i];
    const bool reached = std::any_of(node.outputs.begin(), node.outputs.end(), [&](TensorId id) {
      return id.present() && gradient_[at(id)].present();
    });
    if (!reached || !any_requires_gradient(node)) continue;
    builder_.set_block(node.block);
    RADDLE_RETURN_IF_ERROR(add_gradient_nodes(i, *this));
    RADDLE_RETURN_IF_ERROR(builder_.status());
  }
  builder_.mark_differentiated();
  RADDLE_ASSIGN_OR_RETURN(Graph graph, builder_.finish());
  RADDLE_RETURN_IF_ERROR(check_parameters(graph));
  return graph;
}

}  // namespace

StatusOr<Graph> differentiate(const Graph& forward, const AutodiffOptions& options) {
  if (forward.is_differentiated()) {
    return failed_precondition("the graph already has its backward pass");
  }
  if (forward.losses().empty()) {
    return failed_precondition("the graph has no loss to differentiate; add one first");
  }
  const size_t parameters = forward.parameters().size();
  RADDLE_ASSERT(options.frozen.empty() || options.frozen.size() == parameters);
  const auto is_set = [](char flag) { return flag != 0; };
  if (!options.frozen.empty() &&
      std::all_of(options.frozen.begin(), options.frozen.end(), is_set)) {
    return invalid_argument("all {} parameters are frozen; there is nothing to train", parameters);
  }
  return Differentiator(forward, options).run();
}

}  // namespace raddle::graph
