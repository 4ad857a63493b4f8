// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/input_check.h"

namespace raddle::session {
namespace {

using graph::Graph;
using graph::Node;
using graph::OpKind;
using graph::TensorId;

const InputView* find_input(std::span<const InputView> inputs, std::string_view name) {
  for (const InputView& input : inputs) {
    if (input.name == name) return &input;
  }
  return nullptr;
}

Status check_presence(const Graph& graph, std::span<const InputView> inputs) {
  for (const graph::Tensor& tensor : graph.tensors()) {
    if (tensor.kind != graph::TensorKind::kInput) continue;
    const InputView* input = find_input(inputs, tensor.name);
    if (input == nullptr || input->data == nullptr) {
      return invalid_argument("the input {} {} {} is missing", tensor.name,
                              dtype_name(tensor.dtype), tensor.shape.to_string());
    }
    if (input->dtype != tensor.dtype || !(input->shape == tensor.shape)) {
      return invalid_argument("the input {} is {} {}, expected {} {}", tensor.name,
                              dtype_name(input->dtype), input->shape.to_string(),
                              dtype_name(tensor.dtype), tensor.shape.to_string());
    }
  }
  for (const InputView& input : inputs) {
    const auto id = graph.find(input.name);
    if (!id.has_value() || graph.tensor(*id).kind != graph::TensorKind::kInput) {
      return invalid_argument("the graph has no input called {}", input.name);
    }
  }
  return Status::ok();
}

std::span<const int32_t> integers(const InputView& input) {
  return {static_cast<const int32_t*>(input.data), static_cast<size_t>(input.shape.elements())};
}

Status check_ids(std::string_view name, std::span<const int32_t> ids, int64_t bound,
                 const float* weights) {
  for (size_t i = 0; i < ids.size(); ++i) {
    if (weights != nullptr && weights[i] == 0) continue;
    if (ids[i] < 0 || ids[i] >= bound) {
      return invalid_argument("{}[{}] is {}, expected a value from 0 to {}", name, i, ids[i],
                              bound - 1);
    }
  }
  return Status::ok();
}

Status check_cu_seqlens(std::string_view name, std::span<const int32_t> cu) {
  const auto rows = static_cast<int32_t>(cu.size()) - 1;
  for (size_t i = 0; i < cu.size(); ++i) {
    const int32_t least = i == 0 ? 0 : cu[i - 1];
    if ((i == 0 && cu[i] != 0) || cu[i] < least || cu[i] > rows) {
      return invalid_argument("{}[{}] is {}, expected values that rise from 0 to at most {}", name,
                              i, cu[i], rows);
    }
  }
  return Status::ok();
}

// What node `node` would index with the values of input operand `operand`.
Status check_operand(const Graph& graph, const Node& node, size_t operand,
                     std::span<const InputView> inputs) {
  const TensorId id = node.inputs[operand];
  if (!id.present() || graph.tensor(id).dtype != DType::kI32) return Status::ok();
  const InputView* input = find_input(inputs, graph.tensor(id).name);
  if (input == nullptr) return Status::ok();
  const std::string_view role = graph::op_info(node.op).inputs[operand].name;
  if (role == "cu_seqlens") return check_cu_seqlens(input->name, integers(*input));
  if (role == "ids") {
    int64_t bound = graph.tensor(node.inputs[0]).shape[0];
    if (node.op == OpKind::kEmbeddingGrad) bound = graph.tensor(node.outputs[0]).shape[0];
    return check_ids(input->name, integers(*input), bound, nullptr);
  }
  if (role == "targets") {
    const InputView* weights = find_input(inputs, graph.tensor(node.inputs[3]).name);
    return check_ids(input->name, integers(*input), graph.tensor(node.inputs[1]).shape[0],
                     weights != nullptr ? static_cast<const float*>(weights->data) : nullptr);
  }
  return Status::ok();
}

}  // namespace

Status check_inputs(const Graph& graph, std::span<const InputView> inputs) {
  RADDLE_RETURN_IF_ERROR(check_presence(graph, inputs));
  for (const Node& node : graph.nodes()) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      RADDLE_RETURN_IF_ERROR(check_operand(graph, node, i, inputs));
    }
  }
  return Status::ok();
}

}  // namespace raddle::session
