// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/graph.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace raddle::graph {
namespace {

constexpr std::pair<Init::Kind, std::string_view> kInitNames[] = {
    {Init::Kind::kZeros, "zeros"},
    {Init::Kind::kOnes, "ones"},
    {Init::Kind::kNormal, "normal"},
    {Init::Kind::kConstant, "constant"},
    {Init::Kind::kStackedIdentity, "stacked_identity"},
    {Init::Kind::kResidueAverage, "residue_average"},
    {Init::Kind::kHyperConnection, "hyper_connection"},
};

bool parse_number(std::string_view text, double* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string Init::to_string() const {
  for (const auto& [known, name] : kInitNames) {
    if (known != kind) continue;
    const std::string base(name);
    if (kind == Kind::kNormal && period > 0) return fmt::format("{}({},{})", base, value, period);
    if (kind == Kind::kNormal || kind == Kind::kConstant) return fmt::format("{}({})", base, value);
    if (kind == Kind::kHyperConnection) return fmt::format("{}({})", base, period);
    return base;
  }
  RADDLE_ASSERT(!"every init kind has a name");
  return "";
}

StatusOr<Init> Init::parse(std::string_view text) {
  const size_t open = text.find('(');
  const std::string_view name = text.substr(0, open);
  double numbers[2] = {0, 0};
  int count = 0;
  if (open != std::string_view::npos) {
    if (text.back() != ')') return invalid_argument("init \"{}\" has no closing bracket", text);
    std::string_view rest = text.substr(open + 1, text.size() - open - 2);
    while (!rest.empty()) {
      const size_t comma = rest.find(',');
      if (count == 2 || !parse_number(rest.substr(0, comma), &numbers[count++])) {
        return invalid_argument("init \"{}\": expected at most two numbers in brackets", text);
      }
      rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    }
  }
  for (const auto& [kind, known] : kInitNames) {
    if (known != name) continue;
    Init init{kind, 0, 0};
    const bool has_value = kind == Kind::kNormal || kind == Kind::kConstant;
    const int least = has_value || kind == Kind::kHyperConnection ? 1 : 0;
    const int most = kind == Kind::kNormal ? 2 : least;
    if (count < least || count > most) {
      return invalid_argument("init \"{}\": {} takes {} to {} numbers", text, name, least, most);
    }
    if (has_value) init.value = numbers[0];
    const double period = kind == Kind::kHyperConnection ? numbers[0] : numbers[1];
    if (!(period >= 0 && period <= 1e15)) {
      return invalid_argument("init \"{}\": the period must be between 0 and 1e15", text);
    }
    init.period = static_cast<int64_t>(period);
    return init;
  }
  return invalid_argument(
      "unknown init \"{}\"; use zeros, ones, normal(std[,period]), constant(value), "
      "stacked_identity, residue_average or hyper_connection(m)",
      text);
}

Status Init::check(const Shape& shape) const {
  if (!(std::abs(value) <= std::numeric_limits<float>::max())) {
    return invalid_argument("init {} is no F32 number", to_string());
  }
  const bool matrix = shape.rank() == 2;
  switch (kind) {
    case Kind::kNormal:
      if (period <= shape.last()) return Status::ok();
      return invalid_argument("init {} has a period beyond the {} columns of shape {}", to_string(),
                              shape.last(), shape.to_string());
    case Kind::kStackedIdentity:
    case Kind::kResidueAverage:
      if (matrix) return Status::ok();
      return invalid_argument("init {} is for two dimensions, the shape is {}", to_string(),
                              shape.to_string());
    case Kind::kHyperConnection:
      // Subtracted, because sizes from a text may be as large as they come.
      if (matrix && period >= 1 && period <= shape[0] && shape[1] > shape[0] &&
          (shape[1] - shape[0]) % 2 == 0 && (shape[1] - shape[0]) / 2 == period) {
        return Status::ok();
      }
      return invalid_argument("init {} is for a shape [n, 2 m + n] with n >= m >= 1, not for {}",
                              to_string(), shape.to_string());
    case Kind::kZeros:
    case Kind::kOnes:
    case Kind::kConstant:
      break;
  }
  return Status::ok();
}

TensorId Graph::root(TensorId id) const {
  while (tensor(id).producer >= 0) {
    const Node& node = nodes_[static_cast<size_t>(tensor(id).producer)];
    if (node.op != OpKind::kReshape) break;
    id = node.inputs[0];
  }
  return id;
}

std::optional<TensorId> Graph::find(std::string_view name) const {
  for (size_t i = 0; i < tensors_.size(); ++i) {
    if (tensors_[i].name == name) return TensorId{static_cast<int32_t>(i)};
  }
  return std::nullopt;
}

int64_t Graph::parameter_elements() const {
  int64_t count = 0;
  for (const Parameter& p : parameters_) count += tensor(p.tensor).shape.elements();
  return count;
}

std::vector<char> Graph::trained_parameters() const {
  std::vector<char> trained(parameters_.size(), differentiated_ ? 0 : 1);
  for (const Tensor& tensor : tensors_) {
    if (tensor.kind == TensorKind::kGradient) trained[static_cast<size_t>(tensor.parameter)] = 1;
  }
  return trained;
}

}  // namespace raddle::graph
