// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/verify.h"

#include "runtime/graph/shape_inference.h"

namespace raddle::graph {
namespace {

// Sums of sizes in bytes stay far from 64 bits.
constexpr int64_t kElementsOfOneMax = int64_t{1} << 44;

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph), made_(graph.tensors().size(), 0) {}
  Status run();

 private:
  Status check_size() const;
  Status check_node(size_t index);
  Status check_inputs(const Node& node) const;
  Status check_written(const Node& node, size_t input) const;
  Status check_outputs(size_t index, const Node& node);
  Status check_output_of_graph(TensorId id) const;
  bool made(TensorId id) const { return made_[static_cast<size_t>(id.value)] != 0; }

  const Graph& graph_;
  std::vector<char> made_;
};

Status Verifier::check_size() const {
  int64_t elements = 0;
  for (const Tensor& tensor : graph_.tensors()) {
    elements += tensor.shape.elements();
    if (elements <= kElementsOfOneMax) continue;
    return invalid_argument("the tensors up to {} have more than 2^44 elements together",
                            tensor.name);
  }
  return Status::ok();
}

// A cache is the only tensor that a node may write without making it, and it must be whole: its
// memory under no other operand.
Status Verifier::check_written(const Node& node, size_t input) const {
  const Operand& operand = op_info(node.op).inputs[input];
  const TensorId root = graph_.root(node.inputs[input]);
  if (graph_.tensor(root).kind != TensorKind::kCache) {
    return invalid_argument("{} ({}) is written, expected a cache", operand.name,
                            graph_.tensor(node.inputs[input]).name);
  }
  for (size_t other = 0; other < node.inputs.size(); ++other) {
    const TensorId id = node.inputs[other];
    if (other == input || !id.present() || !(graph_.root(id) == root)) continue;
    return invalid_argument("{} is written and is the same memory as {} ({})", operand.name,
                            op_info(node.op).inputs[other].name, graph_.tensor(root).name);
  }
  return Status::ok();
}

Status Verifier::check_inputs(const Node& node) const {
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const TensorId id = node.inputs[i];
    if (!id.present()) continue;
    const Operand& operand = op_info(node.op).inputs[i];
    const Tensor& tensor = graph_.tensor(id);
    if (!made(id)) {
      return invalid_argument("{} ({}) is used before anything makes it", operand.name,
                              tensor.name);
    }
    if (tensor.kind == TensorKind::kGradient) {
      return invalid_argument("{} is the gradient {}, which belongs to the optimizer", operand.name,
                              tensor.name);
    }
    if (operand.written) RADDLE_RETURN_IF_ERROR(check_written(node, i));
    // Inputs are checked when a caller gives them; nothing else holds indices.
    if (are_indices(operand.values) && tensor.kind != TensorKind::kInput) {
      return invalid_argument("{} ({}) holds indices, expected an input of the graph", operand.name,
                              tensor.name);
    }
  }
  return Status::ok();
}

Status Verifier::check_outputs(size_t index, const Node& node) {
  std::vector<InferredOutput> inferred;
  RADDLE_RETURN_IF_ERROR(infer_outputs(graph_, node, &inferred));
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    const Operand& operand = op_info(node.op).outputs[i];
    if (node.outputs[i].present() != inferred[i].present) {
      return invalid_argument("{} is {}", operand.name,
                              inferred[i].present ? "missing" : "given, expected none");
    }
    if (!node.outputs[i].present()) continue;
    const Tensor& tensor = graph_.tensor(node.outputs[i]);
    if (made(node.outputs[i])) return invalid_argument("{} is made twice", tensor.name);
    made_[static_cast<size_t>(node.outputs[i].value)] = 1;
    const bool is_gradient = tensor.kind == TensorKind::kGradient;
    if (tensor.producer != static_cast<int32_t>(index) || is_gradient != operand.gradient) {
      return invalid_argument("{} ({}) does not say what makes it", operand.name, tensor.name);
    }
    if (is_gradient && !graph_.is_differentiated()) {
      return invalid_argument(
          "{} ({}) is a gradient in a graph that is not differentiated; leave gradients to "
          "training",
          operand.name, tensor.name);
    }
    if (tensor.shape == inferred[i].shape && tensor.dtype == inferred[i].dtype) continue;
    return invalid_argument("{} ({}) is {} {}, expected {} {}", operand.name, tensor.name,
                            dtype_name(tensor.dtype), tensor.shape.to_string(),
                            dtype_name(inferred[i].dtype), inferred[i].shape.to_string());
  }
  return Status::ok();
}

Status Verifier::check_node(size_t index) {
  const Node& node = graph_.nodes()[index];
  const OpInfo& info = op_info(node.op);
  const bool whole = node.inputs.size() == info.inputs.size() &&
                     node.outputs.size() == info.outputs.size() &&
                     node.attributes.size() == info.attributes.size();
  if (!whole) return invalid_argument("it lacks operands or attributes of its op");
  if (node.phase == Phase::kBackward && !graph_.is_differentiated()) {
    return invalid_argument("its phase is backward in a graph that is not differentiated");
  }
  if (index > 0 && node.phase < graph_.nodes()[index - 1].phase) {
    return invalid_argument("its phase is forward, after a node of the backward phase");
  }
  RADDLE_RETURN_IF_ERROR(check_inputs(node));
  return check_outputs(index, node);
}

// What is kept for the caller to read: memory of the program, not of the state.
Status Verifier::check_output_of_graph(TensorId id) const {
  const Tensor& tensor = graph_.tensor(id);
  if (!made(id)) return invalid_argument("output {} is not made by any node", tensor.name);
  const TensorKind kind = graph_.tensor(graph_.root(id)).kind;
  if (kind != TensorKind::kParameter && kind != TensorKind::kGradient) return Status::ok();
  return invalid_argument("output {} is a {}, which the state holds; expected what a node makes",
                          tensor.name, kind == TensorKind::kParameter ? "parameter" : "gradient");
}

Status Verifier::run() {
  RADDLE_RETURN_IF_ERROR(check_size());
  for (size_t i = 0; i < made_.size(); ++i) {
    const TensorKind kind = graph_.tensors()[i].kind;
    made_[i] =
        kind == TensorKind::kInput || kind == TensorKind::kParameter || kind == TensorKind::kCache;
  }
  for (size_t i = 0; i < graph_.nodes().size(); ++i) {
    Status status = check_node(i);
    if (status.is_ok()) continue;
    return std::move(status).with_context(
        fmt::format("node {} ({})", i, op_info(graph_.nodes()[i].op).name));
  }
  for (TensorId id : graph_.outputs()) RADDLE_RETURN_IF_ERROR(check_output_of_graph(id));
  return Status::ok();
}

}  // namespace

Status verify(const Graph& graph) { return Verifier(graph).run(); }

}  // namespace raddle::graph
