// SPDX-License-Identifier: Apache-2.0
// A graph of one node for any op, made from nothing but the op's entry in the table: what the entry
// says must be enough to use the op, so tests and fuzzers go through the table.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/graph/op_table.h"
#include "runtime/graph/sizes.h"

namespace raddle::test {

// The operands of one node as they would be declared. Tests change them and print the text.
struct OpCase {
  struct Tensor {
    std::string declaration = "input";  // input, cache or parameter
    std::string dtype;
    std::vector<int64_t> dims;
    bool present = true;
    bool empty = false;  // of no elements: not declared, but made by another node
  };
  graph::OpKind op;
  std::string precision = "F32";
  std::map<std::string, double> attributes;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;  // of gradient outputs: the parameters

  const graph::OpInfo& info() const { return graph::op_info(op); }
  bool has_gradients() const {
    bool any = false;
    for (const graph::Operand& operand : info().outputs) any = any || operand.gradient;
    return any;
  }
  std::string text() const;
};

// Sizes that any word of the table may have; small, and different where they may differ.
inline const std::map<std::string, int64_t, std::less<>>& op_case_sizes() {
  static const std::map<std::string, int64_t, std::less<>> kSizes = {
      {"rows", 4},    {"width", 6},    {"wide", 13},  {"mean", 1},     {"vocab", 7},
      {"in", 5},      {"out", 3},      {"heads", 2},  {"kv_heads", 1}, {"head_dim", 4},
      {"m", 2},       {"n", 4},        {"d", 3},      {"dynamic", 1},  {"a_width", 2},
      {"b_width", 5}, {"capacity", 9}, {"causal", 1}, {"inverse", 0}};
  return kSizes;
}

inline OpCase make_op_case(const graph::OpInfo& op, bool dynamic = true,
                           const std::string& precision = "F32") {
  OpCase made{op.kind, precision, {}, {}, {}};
  graph::Sizes sizes;
  for (const auto& [word, size] : op_case_sizes()) {
    sizes.set(word, word == "dynamic" ? (dynamic ? 1 : 0) : size);
  }
  for (const graph::AttributeSpec& spec : op.attributes) {
    const auto size = sizes.evaluate(spec.name);
    made.attributes[std::string(spec.name)] = size ? static_cast<double>(*size) : 0.5;
  }
  const auto tensor = [&](const graph::Operand& operand) {
    OpCase::Tensor out;
    out.declaration = operand.gradient ? "parameter" : operand.written ? "cache" : "input";
    out.dtype = graph::are_indices(operand.values)       ? "I32"
                : operand.values == graph::Values::kReal ? precision
                                                         : "F32";
    const Shape shape = sizes.shape_of(operand.shape).value_or(Shape{3, 8});
    out.dims.assign(shape.dims().begin(), shape.dims().end());
    out.empty = shape.elements() == 0;
    out.present = operand.when != "dynamic" || dynamic;
    return out;
  };
  for (const graph::Operand& operand : op.inputs) made.inputs.push_back(tensor(operand));
  for (const graph::Operand& operand : op.outputs) made.outputs.push_back(tensor(operand));
  return made;
}

inline std::string OpCase::text() const {
  std::string declarations, in, out, list;
  // A tensor without elements cannot be declared; the t of a static site is one.
  bool needs_empty = false;
  const auto declare = [&](const std::string& name, const Tensor& tensor) {
    declarations += tensor.declaration + " " + name + " " + tensor.dtype + " [";
    for (size_t i = 0; i < tensor.dims.size(); ++i) {
      declarations += (i > 0 ? ", " : "") + std::to_string(tensor.dims[i]);
    }
    declarations += "]\n";
  };
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = "in." + std::string(info().inputs[i].name);
    if (inputs[i].present && !inputs[i].empty) declare(name, inputs[i]);
    needs_empty = needs_empty || inputs[i].empty;
    in += (i > 0 ? ", " : "") + (inputs[i].empty     ? std::string("in.t0")
                                 : inputs[i].present ? name
                                                     : std::string("_"));
  }
  if (needs_empty) {
    declarations +=
        "input in.state " + precision +
        " [4, 12]\ninput in.c1 F32 [4, 8]\n"
        "in.read, in.t0 = hyper_connection_read(in.state, in.c1, _, _, _) {m=2, n=4, eps=1, "
        "dynamic=0}\n";
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const graph::Operand& operand = info().outputs[i];
    std::string name = "out." + std::string(operand.name);
    if (operand.gradient) {
      if (outputs[i].present) declare("of." + std::string(operand.name), outputs[i]);
      name = outputs[i].present ? name + ":of." + std::string(operand.name) : "_";
    }
    out += (i > 0 ? ", " : "") + name;
  }
  for (const auto& [name, value] : attributes) {
    list += (list.empty() ? "" : ", ") + name + "=" + fmt::format("{}", value);
  }
  const std::string said = precision == "F32" ? "" : "precision " + precision + "\n";
  std::string text = "raddle-graph 1\n" + said + declarations + out + " = " +
                     std::string(info().name) + "(" + in + ")" +
                     (list.empty() ? "" : " {" + list + "}") + "\n";
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (info().outputs[i].gradient) continue;
    text += "output out." + std::string(info().outputs[i].name) + "\n";
  }
  return text + (has_gradients() ? "differentiated\n" : "");
}

}  // namespace raddle::test
