// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/shape_inference.h"

#include <limits>

#include "runtime/graph/sizes.h"

namespace raddle::graph {
namespace {

// Reads one node with the table's entry of its op.
class Reading {
 public:
  Reading(OpKind op, DType precision, std::span<const Tensor* const> inputs,
          std::span<const double> attributes, std::span<const Tensor* const> gradient_of)
      : info_(op_info(op)),
        precision_(precision),
        inputs_(inputs),
        attributes_(attributes),
        gradient_of_(gradient_of) {}

  Status run();
  Status outputs(std::vector<InferredOutput>* outputs) const;
  const Sizes& sizes() const { return sizes_; }

 private:
  Status check_attribute(size_t attribute);
  Status check_input(size_t input);
  Status check_gradient(size_t output);
  Status check_presence(const Operand& operand, bool present) const;
  Status check_constraint(const Constraint& constraint) const;
  bool holds(std::string_view condition) const;

  DType dtype_of(Values values) const;

  const OpInfo& info_;
  const DType precision_;
  std::span<const Tensor* const> inputs_;
  std::span<const double> attributes_;
  std::span<const Tensor* const> gradient_of_;
  Sizes sizes_;
};

DType Reading::dtype_of(Values values) const {
  if (are_indices(values)) return DType::kI32;
  return values == Values::kReal ? precision_ : DType::kF32;
}

// An attribute that is not 0, or an input that is there.
bool Reading::holds(std::string_view condition) const {
  for (size_t i = 0; i < info_.attributes.size(); ++i) {
    if (info_.attributes[i].name == condition) return attributes_[i] != 0;
  }
  for (size_t i = 0; i < info_.inputs.size(); ++i) {
    if (info_.inputs[i].name == condition) return inputs_[i] != nullptr;
  }
  RADDLE_ASSERT(!"a condition names an attribute or an input of its op");
  return false;
}

Status Reading::check_presence(const Operand& operand, bool present) const {
  const bool allowed = operand.when.empty() || holds(operand.when);
  if (present && !allowed) {
    return invalid_argument("{} is given, expected none without {}", operand.name, operand.when);
  }
  if (present || operand.optional || !allowed) return Status::ok();
  return invalid_argument("{} is missing{}{}", operand.name,
                          operand.when.empty() ? "" : ", expected with ", operand.when);
}

Status Reading::check_attribute(size_t attribute) {
  const AttributeSpec& spec = info_.attributes[attribute];
  const double value = attributes_[attribute];
  if (!(value >= spec.least && value <= spec.most)) {
    return invalid_argument("attribute {} is {}, expected {} {} to {}", spec.name, value,
                            spec.integer ? "an integer from" : "a number from", spec.least,
                            spec.most);
  }
  if (!spec.integer) return Status::ok();
  const auto size = static_cast<int64_t>(value);
  if (static_cast<double>(size) != value) {
    return invalid_argument("attribute {} is {}, expected an integer", spec.name, value);
  }
  sizes_.set(spec.name, size);
  return Status::ok();
}

Status Reading::check_input(size_t input) {
  const Operand& operand = info_.inputs[input];
  const Tensor* tensor = inputs_[input];
  RADDLE_RETURN_IF_ERROR(check_presence(operand, tensor != nullptr));
  if (tensor == nullptr) return Status::ok();
  // A parameter's master; who plans the graph takes its copy where that is what is read.
  const bool is_master = tensor->kind == TensorKind::kParameter && !are_indices(operand.values);
  const DType expected = is_master ? DType::kF32 : dtype_of(operand.values);
  if (tensor->dtype != expected) {
    return invalid_argument("{} ({}) is {}, expected {}", operand.name, tensor->name,
                            dtype_name(tensor->dtype), dtype_name(expected));
  }
  if (sizes_.matches(operand.shape, tensor->shape)) return Status::ok();
  return invalid_argument("{} ({}) has shape {}, expected {}", operand.name, tensor->name,
                          tensor->shape.to_string(), sizes_.describe(operand.shape));
}

Status Reading::check_gradient(size_t output) {
  const Operand& operand = info_.outputs[output];
  if (!operand.gradient) return Status::ok();
  const Tensor* parameter = gradient_of_[output];
  RADDLE_RETURN_IF_ERROR(check_presence(operand, parameter != nullptr));
  if (parameter == nullptr) return Status::ok();
  if (!sizes_.matches(operand.shape, parameter->shape)) {
    return invalid_argument("{} is the gradient of {} with shape {}, expected {}", operand.name,
                            parameter->name, parameter->shape.to_string(),
                            sizes_.describe(operand.shape));
  }
  for (size_t i = 0; i < output; ++i) {
    if (gradient_of_[i] != parameter) continue;
    return unimplemented("{} and {} are both the gradient of {}; one node may add to it once",
                         info_.outputs[i].name, operand.name, parameter->name);
  }
  return Status::ok();
}

Status Reading::check_constraint(const Constraint& constraint) const {
  const auto left = sizes_.evaluate(constraint.left), right = sizes_.evaluate(constraint.right);
  using enum Constraint::Relation;
  const char* relation = "";
  bool good = left.has_value() && right.has_value();
  switch (constraint.relation) {
    case kEquals:
      relation = "exactly";
      good = good && *left == *right;
      break;
    case kMultipleOf:
      relation = "a multiple of";
      good = good && *left % *right == 0;
      break;
    case kAtLeast:
      relation = "at least";
      good = good && *left >= *right;
      break;
  }
  if (good) return Status::ok();
  return invalid_argument("{} is {}, expected {} {} = {}", constraint.left, left.value_or(-1),
                          relation, constraint.right, right.value_or(-1));
}

Status Reading::run() {
  for (size_t i = 0; i < info_.attributes.size(); ++i) RADDLE_RETURN_IF_ERROR(check_attribute(i));
  for (size_t i = 0; i < info_.inputs.size(); ++i) RADDLE_RETURN_IF_ERROR(check_input(i));
  for (const Constraint& constraint : info_.constraints) {
    RADDLE_RETURN_IF_ERROR(check_constraint(constraint));
  }
  for (size_t i = 0; i < info_.outputs.size(); ++i) RADDLE_RETURN_IF_ERROR(check_gradient(i));
  return Status::ok();
}

Status Reading::outputs(std::vector<InferredOutput>* outputs) const {
  outputs->clear();
  for (size_t i = 0; i < info_.outputs.size(); ++i) {
    const Operand& operand = info_.outputs[i];
    if (operand.gradient && gradient_of_[i] == nullptr) {
      outputs->push_back({DType::kF32, {}, false});
      continue;
    }
    const std::optional<Shape> shape = sizes_.shape_of(operand.shape);
    if (!shape) {
      return invalid_argument("the size of {} {} does not fit 64 bits", operand.name,
                              operand.shape);
    }
    outputs->push_back({dtype_of(operand.values), *shape, true});
  }
  return Status::ok();
}

// The tensors that a node of a graph works on, as infer_outputs() takes them.
struct NodeTensors {
  std::vector<const Tensor*> inputs, gradient_of;
  NodeTensors(const Graph& graph, const Node& node) {
    for (TensorId id : node.inputs) inputs.push_back(id.present() ? &graph.tensor(id) : nullptr);
    for (TensorId id : node.outputs) {
      const int32_t parameter = id.present() ? graph.tensor(id).parameter : -1;
      gradient_of.push_back(
          parameter >= 0 ? &graph.tensor(graph.parameters()[static_cast<size_t>(parameter)].tensor)
                         : nullptr);
    }
  }
};

}  // namespace

Status infer_outputs(OpKind op, DType precision, std::span<const Tensor* const> inputs,
                     std::span<const double> attributes, std::span<const Tensor* const> gradient_of,
                     std::vector<InferredOutput>* outputs) {
  Reading reading(op, precision, inputs, attributes, gradient_of);
  RADDLE_RETURN_IF_ERROR(reading.run());
  return reading.outputs(outputs);
}

Status infer_outputs(const Graph& graph, const Node& node, std::vector<InferredOutput>* outputs) {
  const NodeTensors tensors(graph, node);
  return infer_outputs(node.op, graph.precision(), tensors.inputs, node.attributes,
                       tensors.gradient_of, outputs);
}

Domain input_domain(const Graph& graph, const Node& node, size_t input) {
  const Operand& operand = op_info(node.op).inputs[input];
  if (!are_indices(operand.values)) return {};
  if (operand.bound.empty()) return {operand.values, std::numeric_limits<int32_t>::max()};
  const NodeTensors tensors(graph, node);
  Reading reading(node.op, graph.precision(), tensors.inputs, node.attributes, tensors.gradient_of);
  const Status status = reading.run();
  RADDLE_ASSERT(status.is_ok());
  const int64_t bound = reading.sizes().evaluate(operand.bound).value_or(0);
  return {operand.values, operand.values == Values::kIndex ? bound - 1 : bound};
}

}  // namespace raddle::graph
