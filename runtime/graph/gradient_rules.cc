// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/gradient_rules.h"

namespace raddle::graph {

StatusOr<int32_t> GradientRule::parameter(size_t i) const {
  if (!in(i).present()) return int32_t{-1};
  const Tensor& tensor = context_.forward().tensor(in(i));
  if (tensor.kind == TensorKind::kParameter) {
    return context_.is_frozen(tensor.parameter) ? -1 : tensor.parameter;
  }
  return unimplemented(
      "node {} ({}): {} is {}, which is no parameter; only parameters can be "
      "trained in this place",
      index_, op_info(node_.op).name, op_info(node_.op).inputs[i].name, tensor.name);
}

Status GradientRule::refuse(std::string_view why) const {
  return unimplemented("node {} ({}) has no gradient: {}", index_, op_info(node_.op).name, why);
}

std::vector<NamedAttribute> GradientRule::attributes() const {
  std::vector<NamedAttribute> out;
  const auto specs = op_info(node_.op).attributes;
  for (size_t i = 0; i < specs.size(); ++i) out.emplace_back(specs[i].name, node_.attributes[i]);
  return out;
}

std::vector<TensorId> GradientRule::emit(OpKind op, std::initializer_list<TensorId> inputs,
                                         std::span<const NamedAttribute> attributes,
                                         std::span<const int32_t> gradient_parameters) {
  return context_.builder().add(
      {op, {inputs.begin(), inputs.size()}, attributes, gradient_parameters, {}, {}, {}});
}

void GradientRule::pass(size_t input, TensorId gradient) {
  if (context_.requires_gradient(in(input))) context_.accumulate(in(input), gradient);
}

Status add_gradient_nodes(size_t index, GradientContext& context) {
  GradientRule rule(index, context);
  const OpInfo& info = op_info(rule.node().op);
  if (info.gradient == nullptr) return rule.refuse("the op is for running only");
  return info.gradient(rule);
}

}  // namespace raddle::graph
