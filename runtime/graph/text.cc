// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/text.h"

#include <fmt/ranges.h>

#include <charconv>
#include <iterator>
#include <map>

#include "runtime/base/hash.h"
#include "runtime/graph/builder.h"

namespace raddle::graph {
namespace {

constexpr std::string_view kHeader = "raddle-graph 1";

std::string operand_text(const Graph& graph, TensorId id) {
  if (!id.present()) return "_";
  const Tensor& tensor = graph.tensor(id);
  if (tensor.kind != TensorKind::kGradient) return tensor.name;
  const Parameter& parameter = graph.parameters()[static_cast<size_t>(tensor.parameter)];
  return fmt::format("{}:{}", tensor.name, graph.tensor(parameter.tensor).name);
}

void print_node(const Graph& graph, const Node& node, std::string* out) {
  const OpInfo& info = op_info(node.op);
  std::vector<std::string> outputs, inputs, attributes;
  for (TensorId id : node.outputs) outputs.push_back(operand_text(graph, id));
  for (TensorId id : node.inputs) inputs.push_back(operand_text(graph, id));
  for (size_t i = 0; i < info.attributes.size(); ++i) {
    attributes.push_back(fmt::format("{}={}", info.attributes[i].name, node.attributes[i]));
  }
  fmt::format_to(std::back_inserter(*out), "{} = {}({})", fmt::join(outputs, ", "), info.name,
                 fmt::join(inputs, ", "));
  if (!attributes.empty()) {
    fmt::format_to(std::back_inserter(*out), " {{{}}}", fmt::join(attributes, ", "));
  }
  *out += '\n';
}

// Splits at a separator and trims blanks; "" gives no parts.
std::vector<std::string_view> split_text(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    std::string_view part = text.substr(0, end);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    parts.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

template <class Number>
bool parse_number(std::string_view text, Number* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

class Parser {
 public:
  StatusOr<Graph> run(std::string_view text);

 private:
  Status line(std::string_view text);
  Status declaration(std::string_view kind, std::string_view rest);
  Status node(std::string_view text);
  StatusOr<TensorId> operand(std::string_view name) const;
  StatusOr<Shape> shape(std::string_view text) const;
  void remember(TensorId id) {
    if (id.present()) ids_[builder_.peek().tensor(id).name] = id;
  }

  Builder builder_;
  std::map<std::string, TensorId, std::less<>> ids_;
};

StatusOr<TensorId> Parser::operand(std::string_view name) const {
  if (name == "_") return TensorId{};
  const auto found = ids_.find(name);
  if (found == ids_.end()) return invalid_argument("nothing before this line makes {}", name);
  return found->second;
}

StatusOr<Shape> Parser::shape(std::string_view text) const {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
    return invalid_argument("\"{}\" is no shape; expected [rows, columns]", text);
  }
  std::vector<int64_t> dims;
  for (std::string_view part : split_text(text.substr(1, text.size() - 2), ',')) {
    int64_t dim = -1;
    if (!parse_number(part, &dim) || dim < 0) {
      return invalid_argument("\"{}\" in shape {} is no size", part, text);
    }
    dims.push_back(dim);
  }
  if (dims.size() > Shape::kMaxRank) {
    return invalid_argument("shape {} has more than {} dimensions", text, Shape::kMaxRank);
  }
  return Shape(dims);
}

// NAME DTYPE [SHAPE] and, for a parameter, INIT and "decay".
Status Parser::declaration(std::string_view kind, std::string_view rest) {
  const size_t open = rest.find('['), close = rest.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return invalid_argument("expected \"{} NAME DTYPE [SHAPE]\"", kind);
  }
  const auto head = split_text(rest.substr(0, open), ' ');
  const auto tail = split_text(rest.substr(close + 1), ' ');
  if (head.size() < 2) return invalid_argument("expected \"{} NAME DTYPE [SHAPE]\"", kind);
  RADDLE_ASSIGN_OR_RETURN(const DType dtype, parse_dtype(head[1]));
  RADDLE_ASSIGN_OR_RETURN(const Shape dims, shape(rest.substr(open, close - open + 1)));
  const std::string name(head[0]);
  if (kind == "input") remember(builder_.input(name, dtype, dims));
  if (kind == "cache") remember(builder_.cache(name, dtype, dims));
  if (kind == "parameter") {
    std::string_view init_text = "zeros";
    bool decay = false;
    for (std::string_view word : tail) {
      if (word == "decay") decay = true;
      if (!word.empty() && word != "decay") init_text = word;
    }
    RADDLE_ASSIGN_OR_RETURN(const Init init, Init::parse(init_text));
    remember(builder_.parameter(name, dims, init, decay));
  }
  return builder_.status();
}

// OUT, OUT = OP(IN, IN) {NAME=VALUE, ...}
Status Parser::node(std::string_view text) {
  const size_t equals = text.find(" = "), open = text.find('('), close = text.find(')');
  if (equals == std::string_view::npos || open == std::string_view::npos || open < equals ||
      close == std::string_view::npos || close < open) {
    return invalid_argument("expected \"OUTPUTS = OP(INPUTS) {{ATTRIBUTES}}\"");
  }
  RADDLE_ASSIGN_OR_RETURN(const OpKind op, find_op(text.substr(equals + 3, open - equals - 3)));
  std::vector<TensorId> inputs;
  for (std::string_view name : split_text(text.substr(open + 1, close - open - 1), ',')) {
    RADDLE_ASSIGN_OR_RETURN(const TensorId id, operand(name));
    inputs.push_back(id);
  }
  std::vector<NamedAttribute> attributes;
  std::string_view tail = text.substr(close + 1);
  while (tail.starts_with(' ')) tail.remove_prefix(1);
  if (!tail.empty()) {
    if (tail.size() < 2 || tail.front() != '{' || tail.back() != '}') {
      return invalid_argument("expected {{NAME=NUMBER, ...}} after the inputs and nothing else");
    }
    for (std::string_view pair : split_text(tail.substr(1, tail.size() - 2), ',')) {
      const size_t sign = pair.find('=');
      double value = 0;
      if (sign == std::string_view::npos || !parse_number(pair.substr(sign + 1), &value)) {
        return invalid_argument("\"{}\" is no attribute; expected NAME=NUMBER", pair);
      }
      attributes.emplace_back(pair.substr(0, sign), value);
    }
  }
  const auto operands = op_info(op).outputs;
  std::vector<std::string> names;
  std::vector<int32_t> gradients;
  for (std::string_view name : split_text(text.substr(0, equals), ',')) {
    const size_t index = names.size();
    const size_t colon = name.find(':');
    names.emplace_back(name.substr(0, colon));
    if (index >= operands.size() || !operands[index].gradient) continue;
    int32_t parameter = -1;
    if (name != "_") {
      if (colon == std::string_view::npos) {
        return invalid_argument("{} does not name a parameter; write {}:PARAMETER", name, name);
      }
      RADDLE_ASSIGN_OR_RETURN(const TensorId id, operand(name.substr(colon + 1)));
      if (id.present()) parameter = builder_.peek().tensor(id).parameter;
      if (parameter < 0) return invalid_argument("{} does not name a parameter", name);
    }
    gradients.push_back(parameter);
  }
  if (names.size() != operands.size()) {
    return invalid_argument("{} makes {} tensors, the line names {}", op_info(op).name,
                            operands.size(), names.size());
  }
  const auto outputs = builder_.add({op, inputs, attributes, gradients, {}, names, {}});
  for (TensorId id : outputs) remember(id);
  return builder_.status();
}

Status Parser::line(std::string_view text) {
  if (text.find(" = ") != std::string_view::npos) return node(text);
  const size_t space = text.find(' ');
  const std::string_view word = text.substr(0, space);
  const std::string_view rest = space == std::string_view::npos ? "" : text.substr(space + 1);
  if (word == "input" || word == "cache" || word == "parameter") return declaration(word, rest);
  if (word == "block") {
    int32_t block = -1;
    if (!parse_number(rest, &block) || block < -1) {
      return invalid_argument("\"{}\" is no block number", rest);
    }
    builder_.set_block(block);
    return Status::ok();
  }
  if (word == "phase") {
    if (rest != "forward" && rest != "backward") {
      return invalid_argument("\"{}\" is no phase; expected forward or backward", rest);
    }
    builder_.set_phase(rest == "forward" ? Phase::kForward : Phase::kBackward);
    return Status::ok();
  }
  if (word == "precision") {
    RADDLE_ASSIGN_OR_RETURN(const DType precision, parse_dtype(rest));
    builder_.set_precision(precision);
    return builder_.status();
  }
  if (word == "differentiated") {
    builder_.mark_differentiated();
    return Status::ok();
  }
  if (word == "loss" || word == "output") {
    const auto parts = split_text(rest, ' ');
    double coefficient = 1;
    if (parts.empty() ||
        (word == "loss" && (parts.size() != 2 || !parse_number(parts[1], &coefficient)))) {
      return invalid_argument("expected \"output NAME\" or \"loss NAME COEFFICIENT\"");
    }
    RADDLE_ASSIGN_OR_RETURN(const TensorId id, operand(parts[0]));
    if (word == "loss") {
      builder_.add_loss(id, coefficient);
    } else {
      builder_.add_output(id);
    }
    return builder_.status();
  }
  return invalid_argument("\"{}\" starts no known line", word.substr(0, 40));
}

StatusOr<Graph> Parser::run(std::string_view text) {
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view current = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (number == 1) {
      if (current != kHeader) {
        return invalid_argument("line 1: expected \"{}\", got \"{}\"", kHeader,
                                current.substr(0, 40));
      }
      continue;
    }
    if (current.empty() || current.front() == '#') continue;
    // Whatever the builder calls it, in a text it is the text that is wrong.
    const Status status = line(current);
    if (!status.is_ok()) return invalid_argument("line {}: {}", number, status.message());
  }
  if (number == 0) return invalid_argument("the text is empty; expected \"{}\"", kHeader);
  return builder_.finish();
}

}  // namespace

std::string to_text(const Graph& graph) {
  std::string out(kHeader);
  out += '\n';
  if (graph.precision() != DType::kF32) {
    fmt::format_to(std::back_inserter(out), "precision {}\n", dtype_name(graph.precision()));
  }
  for (const Tensor& tensor : graph.tensors()) {
    const char* kind = tensor.kind == TensorKind::kInput       ? "input"
                       : tensor.kind == TensorKind::kCache     ? "cache"
                       : tensor.kind == TensorKind::kParameter ? "parameter"
                                                               : nullptr;
    if (kind == nullptr) continue;
    fmt::format_to(std::back_inserter(out), "{} {} {} {}", kind, tensor.name,
                   dtype_name(tensor.dtype), tensor.shape.to_string());
    if (tensor.kind == TensorKind::kParameter) {
      const Parameter& p = graph.parameters()[static_cast<size_t>(tensor.parameter)];
      fmt::format_to(std::back_inserter(out), " {}{}", p.init.to_string(), p.decay ? " decay" : "");
    }
    out += '\n';
  }
  int32_t block = -1;
  Phase phase = Phase::kForward;
  for (const Node& node : graph.nodes()) {
    if (node.phase != phase) {
      phase = node.phase;
      out += phase == Phase::kForward ? "phase forward\n" : "phase backward\n";
    }
    if (node.block != block) {
      block = node.block;
      fmt::format_to(std::back_inserter(out), "block {}\n", block);
    }
    print_node(graph, node, &out);
  }
  for (const Loss& loss : graph.losses()) {
    fmt::format_to(std::back_inserter(out), "loss {} {}\n", graph.tensor(loss.tensor).name,
                   loss.coefficient);
  }
  for (TensorId id : graph.outputs()) {
    bool is_loss = false;
    for (const Loss& loss : graph.losses()) is_loss = is_loss || loss.tensor == id;
    if (!is_loss) out += fmt::format("output {}\n", graph.tensor(id).name);
  }
  if (graph.is_differentiated()) out += "differentiated\n";
  return out;
}

StatusOr<Graph> parse_text(std::string_view text) { return Parser().run(text); }

uint64_t graph_hash(const Graph& graph) { return hash_text(to_text(graph)); }

}  // namespace raddle::graph
