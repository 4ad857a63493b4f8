// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/verify.h"

#include "runtime/graph/shape_inference.h"

namespace raddle::graph {
namespace {

Status verify_node(const Graph& graph, size_t index, std::vector<char>* made) {
  const Node& node = graph.nodes()[index];
  const OpInfo& info = op_info(node.op);
  std::vector<const Tensor*> inputs;
  for (TensorId id : node.inputs) {
    inputs.push_back(id.present() ? &graph.tensor(id) : nullptr);
    if (id.present() && !(*made)[static_cast<size_t>(id.value)]) {
      return invalid_argument("node {} ({}) uses {} before anything makes it", index, info.name,
                              graph.tensor(id).name);
    }
  }
  std::vector<InferredOutput> inferred;
  RADDLE_RETURN_IF_ERROR(infer_outputs(node.op, inputs, node.attributes, &inferred)
                             .with_context(fmt::format("node {} ({})", index, info.name)));
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (!node.outputs[i].present()) continue;
    const Tensor& tensor = graph.tensor(node.outputs[i]);
    char& mark = (*made)[static_cast<size_t>(node.outputs[i].value)];
    if (mark) return invalid_argument("tensor {} is made twice", tensor.name);
    mark = 1;
    if (tensor.producer != static_cast<int32_t>(index)) {
      return invalid_argument("tensor {} does not name node {} as its producer", tensor.name,
                              index);
    }
    const bool is_gradient = tensor.kind == TensorKind::kGradient;
    if (!is_gradient && !(tensor.shape == inferred[i].shape && tensor.dtype == inferred[i].dtype)) {
      return invalid_argument("tensor {} is {} {}, expected {} {}", tensor.name,
                              dtype_name(tensor.dtype), tensor.shape.to_string(),
                              dtype_name(inferred[i].dtype), inferred[i].shape.to_string());
    }
  }
  return Status::ok();
}

}  // namespace

Status verify(const Graph& graph) {
  std::vector<char> made(graph.tensors().size(), 0);
  for (size_t i = 0; i < made.size(); ++i) {
    const TensorKind kind = graph.tensors()[i].kind;
    made[i] =
        kind == TensorKind::kInput || kind == TensorKind::kParameter || kind == TensorKind::kCache;
  }
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    RADDLE_RETURN_IF_ERROR(verify_node(graph, i, &made));
  }
  for (TensorId id : graph.outputs()) {
    if (!made[static_cast<size_t>(id.value)]) {
      return invalid_argument("output {} is not made by any node", graph.tensor(id).name);
    }
  }
  return Status::ok();
}

}  // namespace raddle::graph
