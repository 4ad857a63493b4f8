// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/builder.h"

#include <cmath>
#include <limits>

#include "runtime/graph/shape_inference.h"
#include "runtime/graph/verify.h"

namespace raddle::graph {
namespace {

// Names appear in the text form, in files and in messages, so they are plain words.
bool is_plain_name(std::string_view name) {
  if (name.empty() || name.size() > 256) return false;
  for (char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '.' && c != '%' && c != '-') {
      return false;
    }
  }
  return name != "_";
}

// A name as a message may show it: short, and without bytes that upset a terminal.
std::string shown(std::string_view name) {
  constexpr size_t kMost = 64;
  std::string out;
  for (const char c : name.substr(0, kMost)) {
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out + (name.size() > kMost ? "..." : "");
}

// 2^40 elements is 4 TiB of fp32: beyond any single tensor that Raddle will hold, and small enough
// that sizes in bytes cannot overflow. Positions and rows are I32, so no size is beyond them.
constexpr int64_t kElementsMax = int64_t{1} << 40;
constexpr int64_t kDimMax = std::numeric_limits<int32_t>::max();

Status check_shape(const Tensor& tensor) {
  // Only a virtual-width site without a dynamic part makes a tensor of nothing.
  const int64_t least = tensor.kind == TensorKind::kActivation ? 0 : 1;
  int64_t elements = 1;
  for (int64_t dim : tensor.shape.dims()) {
    if (dim < least || dim > kDimMax) {
      return invalid_argument("tensor {} {} has a dimension of {}, expected {} to 2^31 - 1",
                              tensor.name, tensor.shape.to_string(), dim, least);
    }
    if (dim > 0 && elements > kElementsMax / dim) {
      return invalid_argument("tensor {} {} has more than 2^40 elements", tensor.name,
                              tensor.shape.to_string());
    }
    elements *= dim;
  }
  return Status::ok();
}

}  // namespace

Status check_tensor_name(std::string_view name) {
  if (is_plain_name(name)) return Status::ok();
  return invalid_argument("\"{}\" is no tensor name; use 1 to 256 letters, digits and _ . - only",
                          shown(name));
}

Builder Builder::without_nodes(const Graph& graph) {
  Builder builder;
  builder.graph_ = graph;
  builder.graph_.nodes_.clear();
  for (size_t i = 0; i < graph.tensors().size(); ++i) {
    builder.graph_.tensors_[i].producer = -1;
    builder.by_name_[graph.tensors()[i].name] = static_cast<int32_t>(i);
  }
  builder.next_number_ = static_cast<int64_t>(graph.tensors().size());
  return builder;
}

TensorId Builder::add_tensor(Tensor tensor) {
  if (!status_.is_ok()) return {};
  Status good = check_tensor_name(tensor.name);
  if (good.is_ok()) good = check_shape(tensor);
  if (!good.is_ok()) {
    fail(std::move(good));
    return {};
  }
  const auto id = static_cast<int32_t>(graph_.tensors_.size());
  if (!by_name_.emplace(tensor.name, id).second) {
    fail(already_exists("the graph already has a tensor called {}", tensor.name));
    return {};
  }
  graph_.tensors_.push_back(std::move(tensor));
  return {id};
}

void Builder::set_precision(DType precision) {
  if (precision != DType::kF32 && precision != DType::kBF16) {
    fail(
        invalid_argument("a graph's precision is {}, expected F32 or BF16", dtype_name(precision)));
  } else if (!graph_.tensors_.empty()) {
    fail(failed_precondition("a graph's precision is set before its first tensor"));
  } else {
    graph_.precision_ = precision;
  }
}

TensorId Builder::input(std::string name, DType dtype, Shape shape) {
  return add_tensor({std::move(name), TensorKind::kInput, dtype, shape, -1, -1});
}

TensorId Builder::cache(std::string name, DType dtype, Shape shape) {
  return add_tensor({std::move(name), TensorKind::kCache, dtype, shape, -1, -1});
}

TensorId Builder::parameter(std::string name, Shape shape, Init init, bool decay) {
  if (Status start = init.check(shape); !start.is_ok()) {
    fail(std::move(start).with_context("parameter " + shown(name)));
  }
  const auto index = static_cast<int32_t>(graph_.parameters_.size());
  const TensorId id =
      add_tensor({std::move(name), TensorKind::kParameter, DType::kF32, shape, -1, index});
  if (id.present()) graph_.parameters_.push_back({id, init, decay});
  return id;
}

StatusOr<std::vector<double>> Builder::attribute_values(
    OpKind op, std::span<const NamedAttribute> given) const {
  const OpInfo& info = op_info(op);
  std::vector<double> values;
  for (const AttributeSpec& spec : info.attributes) {
    const NamedAttribute* found = nullptr;
    for (const NamedAttribute& candidate : given) {
      if (candidate.first != spec.name) continue;
      if (found != nullptr) {
        return invalid_argument("{}: attribute {} is given twice", info.name, spec.name);
      }
      found = &candidate;
    }
    if (found == nullptr && spec.required) {
      return invalid_argument("{} needs the attribute {}", info.name, spec.name);
    }
    values.push_back(found != nullptr ? found->second : spec.otherwise);
  }
  for (const NamedAttribute& candidate : given) {
    bool known = false;
    for (const AttributeSpec& spec : info.attributes) known = known || spec.name == candidate.first;
    if (!known) {
      return invalid_argument("{} has no attribute {}", info.name, shown(candidate.first));
    }
  }
  return values;
}

StatusOr<Node> Builder::make_node(OpKind op, std::span<const TensorId> inputs,
                                  std::span<const NamedAttribute> attributes) const {
  const OpInfo& info = op_info(op);
  if (inputs.size() > info.inputs.size()) {
    return invalid_argument("{} takes at most {} inputs, got {}", info.name, info.inputs.size(),
                            inputs.size());
  }
  Node node{op, {inputs.begin(), inputs.end()}, {}, {}, block_, phase_};
  node.inputs.resize(info.inputs.size());
  for (size_t i = 0; i < info.inputs.size(); ++i) {
    const TensorId id = node.inputs[i];
    if (id.value != -1 && !has(id)) {
      return invalid_argument("{}: input {} is tensor {}, which this graph does not have",
                              info.name, info.inputs[i].name, id.value);
    }
    if (id.present() && graph_.tensor(id).kind == TensorKind::kGradient) {
      return invalid_argument("{}: input {} is the gradient {}, which belongs to the optimizer",
                              info.name, info.inputs[i].name, graph_.tensor(id).name);
    }
  }
  RADDLE_ASSIGN_OR_RETURN(node.attributes, attribute_values(op, attributes));
  return node;
}

std::string Builder::output_name(const Request& request, size_t index) {
  if (!request.output_names.empty()) return request.output_names[index];
  if (!request.output_name.empty()) {
    if (index == 0) return std::string(request.output_name);
    return fmt::format("{}.{}", request.output_name, op_info(request.op).outputs[index].name);
  }
  std::string name;
  do {
    name = fmt::format("%{}", next_number_++);
  } while (by_name_.contains(name));
  return name;
}

TensorId Builder::add_output_tensor(const Request& request, size_t index, Tensor tensor) {
  if (index == 0 && request.first_output.present()) {
    Tensor& existing = graph_.tensors_[static_cast<size_t>(request.first_output.value)];
    RADDLE_ASSERT(existing.producer == -1);
    existing.producer = tensor.producer;
    return request.first_output;
  }
  tensor.name = output_name(request, index);
  return add_tensor(std::move(tensor));
}

std::vector<int32_t> Builder::gradient_parameters(const Request& request) {
  std::vector<int32_t> parameters;
  size_t next = 0;
  for (const Operand& operand : op_info(request.op).outputs) {
    parameters.push_back(-1);
    if (!operand.gradient) continue;
    RADDLE_ASSERT(next < request.gradient_parameters.size());
    parameters.back() = request.gradient_parameters[next++];
  }
  return parameters;
}

const Tensor* Builder::parameter_tensor(int32_t parameter) const {
  if (parameter < 0) return nullptr;
  return &graph_.tensor(graph_.parameters_[static_cast<size_t>(parameter)].tensor);
}

std::vector<TensorId> Builder::add(const Request& request) {
  const OpInfo& info = op_info(request.op);
  std::vector<TensorId> absent(info.outputs.size());
  if (!status_.is_ok()) return absent;
  RADDLE_ASSERT(request.output_names.empty() || request.output_names.size() == info.outputs.size());
  StatusOr<Node> made = make_node(request.op, request.inputs, request.attributes);
  if (!made.is_ok()) {
    fail(std::move(made).status());
    return absent;
  }
  Node node = std::move(made).value();
  const std::vector<int32_t> parameters = gradient_parameters(request);
  std::vector<const Tensor*> input_tensors, gradient_of;
  for (TensorId id : node.inputs) {
    input_tensors.push_back(id.present() ? &graph_.tensor(id) : nullptr);
  }
  for (int32_t parameter : parameters) gradient_of.push_back(parameter_tensor(parameter));
  std::vector<InferredOutput> outputs;
  Status inferred = infer_outputs(request.op, graph_.precision(), input_tensors, node.attributes,
                                  gradient_of, &outputs);
  if (!inferred.is_ok()) {
    fail(std::move(inferred).with_context(
        fmt::format("node {} ({})", graph_.nodes_.size(), info.name)));
    return absent;
  }
  const size_t tensors_before = graph_.tensors_.size();
  for (size_t i = 0; i < info.outputs.size(); ++i) {
    Tensor tensor;
    tensor.producer = static_cast<int32_t>(graph_.nodes_.size());
    tensor.dtype = outputs[i].dtype;
    tensor.shape = outputs[i].shape;
    tensor.parameter = parameters[i];
    if (info.outputs[i].gradient) tensor.kind = TensorKind::kGradient;
    node.outputs.push_back(outputs[i].present ? add_output_tensor(request, i, std::move(tensor))
                                              : TensorId{});
  }
  if (!status_.is_ok()) {  // the name of a later output is taken, say
    while (graph_.tensors_.size() > tensors_before) {
      by_name_.erase(graph_.tensors_.back().name);
      graph_.tensors_.pop_back();
    }
    return absent;
  }
  graph_.nodes_.push_back(node);
  return node.outputs;
}

std::vector<TensorId> Builder::ops(OpKind op, std::span<const TensorId> inputs,
                                   std::span<const NamedAttribute> attributes,
                                   std::string_view output_name) {
  for (const Operand& operand : op_info(op).outputs) {
    if (operand.gradient) {
      fail(invalid_argument("{} is made by differentiation and cannot be added by hand",
                            op_info(op).name));
      return std::vector<TensorId>(op_info(op).outputs.size());
    }
  }
  return add({op, inputs, attributes, {}, output_name, {}, {}});
}

TensorId Builder::op(OpKind kind, std::initializer_list<TensorId> inputs,
                     std::initializer_list<NamedAttribute> attributes,
                     std::string_view output_name) {
  return ops(kind, {inputs.begin(), inputs.size()}, {attributes.begin(), attributes.size()},
             output_name)[0];
}

void Builder::add_node(const Node& node) {
  if (!status_.is_ok()) return;
  for (TensorId id : node.outputs) {
    if (!id.present()) continue;
    RADDLE_ASSERT(graph_.tensor(id).producer == -1);
    graph_.tensors_[static_cast<size_t>(id.value)].producer =
        static_cast<int32_t>(graph_.nodes_.size());
  }
  graph_.nodes_.push_back(node);
}

void Builder::add_loss(TensorId scalar, double coefficient) {
  if (!status_.is_ok()) return;
  if (!has(scalar)) {
    return fail(
        invalid_argument("the loss is tensor {}, which this graph does not have", scalar.value));
  }
  const Tensor& tensor = graph_.tensor(scalar);
  if (tensor.shape.elements() != 1 || tensor.dtype != DType::kF32 ||
      tensor.kind != TensorKind::kActivation) {
    return fail(invalid_argument("the loss {} is {} {}, expected one F32 element that a node makes",
                                 tensor.name, dtype_name(tensor.dtype), tensor.shape.to_string()));
  }
  for (const Loss& loss : graph_.losses_) {
    if (loss.tensor == scalar) {
      return fail(
          invalid_argument("the loss {} is there already; add up the coefficients", tensor.name));
    }
  }
  if (!(std::abs(coefficient) <= std::numeric_limits<float>::max())) {
    return fail(invalid_argument("the loss {} has coefficient {}, expected a finite F32 number",
                                 tensor.name, coefficient));
  }
  graph_.losses_.push_back({scalar, coefficient});
  graph_.outputs_.push_back(scalar);
}

void Builder::add_output(TensorId tensor) {
  if (!status_.is_ok()) return;
  if (!has(tensor)) {
    return fail(
        invalid_argument("the output is tensor {}, which this graph does not have", tensor.value));
  }
  graph_.outputs_.push_back(tensor);
}

StatusOr<Graph> Builder::finish() {
  if (!status_.is_ok()) return status_;
  RADDLE_RETURN_IF_ERROR(verify(graph_));
  return std::move(graph_);
}

}  // namespace raddle::graph
