// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/input_check.h"

#include <algorithm>
#include <cmath>

namespace raddle::session {
namespace {

using graph::Domain;
using graph::Graph;
using graph::Node;
using graph::TensorId;
using graph::TensorKind;
using graph::Values;

template <class T>
std::span<const T> values_of(const InputView& input) {
  RADDLE_ASSERT(input.data != nullptr && dtype_bytes(input.dtype) == sizeof(T));
  return {static_cast<const T*>(input.data), static_cast<size_t>(input.shape.elements())};
}

Status check_finite(const InputView& input) {
  const auto values = values_of<float>(input);
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    return invalid_argument("{}[{}] is {}, expected a finite number", input.name, i, values[i]);
  }
  return Status::ok();
}

Status check_rising(const InputView& input, int64_t most, std::string_view of) {
  int32_t least = 0;
  const auto values = values_of<int32_t>(input);
  for (size_t i = 0; i < values.size(); ++i) {
    if (i == 0 ? values[i] != 0 : values[i] < least || values[i] > most) {
      return invalid_argument("{}[{}] is {}, expected values that rise from 0 to at most {} ({})",
                              input.name, i, values[i], most, of);
    }
    least = values[i];
  }
  return Status::ok();
}

Status check_indices(const InputView& input, const InputView* mask, int64_t most,
                     std::string_view of) {
  const auto values = values_of<int32_t>(input);
  const float* used = mask == nullptr ? nullptr : values_of<float>(*mask).data();
  RADDLE_ASSERT(mask == nullptr || mask->shape.elements() == input.shape.elements());
  for (size_t i = 0; i < values.size(); ++i) {
    if (used != nullptr && used[i] == 0) continue;
    if (values[i] >= 0 && values[i] <= most) continue;
    return invalid_argument("{}[{}] is {}, expected 0 to {} ({})", input.name, i, values[i], most,
                            of);
  }
  return Status::ok();
}

}  // namespace

InputCheck::InputCheck(const Graph& graph) {
  std::vector<int32_t> input_of(graph.tensors().size(), -1);
  for (size_t i = 0; i < graph.tensors().size(); ++i) {
    const graph::Tensor& tensor = graph.tensors()[i];
    if (tensor.kind != TensorKind::kInput) continue;
    input_of[i] = static_cast<int32_t>(inputs_.size());
    inputs_.push_back({tensor.name, tensor.dtype, tensor.shape, {}});
  }
  for (size_t i = 0; i < graph.nodes().size(); ++i) add_uses(graph, i, input_of);
}

void InputCheck::add_uses(const Graph& graph, size_t index, std::span<const int32_t> input_of) {
  RADDLE_ASSERT(index < graph.nodes().size() && input_of.size() == graph.tensors().size());
  const Node& node = graph.nodes()[index];
  const graph::OpInfo& op = graph::op_info(node.op);
  const auto input_behind = [&](TensorId id) {
    return id.present() ? input_of[static_cast<size_t>(graph.root(id).value)] : -1;
  };
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    const graph::Operand& operand = op.inputs[i];
    const int32_t input = input_behind(node.inputs[i]);
    if (!are_indices(operand.values) || input < 0) continue;
    Use use{fmt::format("{} of node {} ({})", operand.name, index, op.name),
            graph::input_domain(graph, node, i)};
    for (size_t k = 0; k < op.inputs.size(); ++k) {
      if (op.inputs[k].name == operand.mask) use.mask = input_behind(node.inputs[k]);
    }
    auto& uses = inputs_[static_cast<size_t>(input)].uses;
    if (std::find(uses.begin(), uses.end(), use) == uses.end()) uses.push_back(std::move(use));
  }
}

// The view of each input of the graph.
StatusOr<std::vector<const InputView*>> InputCheck::match(std::span<const InputView> given) const {
  std::vector<const InputView*> views(inputs_.size(), nullptr);
  for (const InputView& view : given) {
    const auto known = std::find_if(inputs_.begin(), inputs_.end(),
                                    [&](const Input& input) { return input.name == view.name; });
    if (known == inputs_.end()) {
      return invalid_argument("the graph has no input called {}", view.name);
    }
    const InputView*& place = views[static_cast<size_t>(known - inputs_.begin())];
    if (place != nullptr) return invalid_argument("the input {} is given twice", view.name);
    place = &view;
    if (view.dtype != known->dtype || !(view.shape == known->shape)) {
      return invalid_argument("the input {} is {} {}, expected {} {}", view.name,
                              dtype_name(view.dtype), view.shape.to_string(),
                              dtype_name(known->dtype), known->shape.to_string());
    }
  }
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (views[i] != nullptr && views[i]->data != nullptr) continue;
    return invalid_argument("the input {} {} {} is missing", inputs_[i].name,
                            dtype_name(inputs_[i].dtype), inputs_[i].shape.to_string());
  }
  return views;
}

Status InputCheck::run(std::span<const InputView> inputs) const {
  RADDLE_ASSIGN_OR_RETURN(const auto views, match(inputs));
  for (size_t i = 0; i < views.size(); ++i) {
    const InputView& view = *views[i];
    if (view.dtype == DType::kF32) RADDLE_RETURN_IF_ERROR(check_finite(view));
    for (const Use& use : inputs_[i].uses) {
      const InputView* mask = use.mask < 0 ? nullptr : views[static_cast<size_t>(use.mask)];
      RADDLE_RETURN_IF_ERROR(use.domain.values == Values::kRising
                                 ? check_rising(view, use.domain.most, use.of)
                                 : check_indices(view, mask, use.domain.most, use.of));
    }
  }
  return Status::ok();
}

}  // namespace raddle::session
