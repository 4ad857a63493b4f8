// SPDX-License-Identifier: Apache-2.0
// Every op that can be differentiated, alone between embeddings and a loss: its gradients against
// central differences. Graph and inputs are made from the op table, so a new op is tested without a
// new line. (A site of virtual width is not one op but a read and its write: gradient_test.cc.)
#include <algorithm>
#include <map>

#include "runtime/graph/builder.h"
#include "runtime/graph/sizes.h"
#include "tests/support/central_differences.h"

namespace raddle {
namespace {

using graph::OpInfo;
using graph::OpKind;
using graph::TensorId;
using graph::Values;

// What the words of shapes stand for; a word that is not here would fail its test.
const std::map<std::string_view, int64_t> kSizes = {
    {"rows", 4},  {"width", 8},    {"in", 6},       {"out", 5},     {"vocab", 7},  {"wide", 19},
    {"heads", 2}, {"kv_heads", 1}, {"head_dim", 4}, {"a_width", 3}, {"b_width", 5}};
const std::map<std::string_view, double> kReals = {
    {"eps", 1e-3}, {"theta", 100}, {"scale", 0.5}, {"coefficient", 1}};

bool is_tried(const OpInfo& op) {
  return op.gradient != nullptr && !op.name.starts_with("hyper_connection_") &&
         op.kind != OpKind::kLinearCrossEntropy;
}

std::vector<OpKind> ops() {
  std::vector<OpKind> kinds;
  for (const OpInfo& op : graph::all_ops()) {
    if (is_tried(op)) kinds.push_back(op.kind);
  }
  return kinds;
}

// One op on operands that are all trained: rows come from tables of their own, by embeddings; what
// is no row is a parameter.
class OneOp {
 public:
  explicit OneOp(const OpInfo& op) : op_(op) {
    for (const auto& [word, size] : kSizes) sizes_.set(word, size);
    EXPECT_TRUE(sizes_.matches("*", Shape({8, 4})));
  }

  graph::Graph build() {
    std::vector<TensorId> inputs;
    for (const graph::Operand& operand : op_.inputs) inputs.push_back(input(operand));
    std::vector<graph::NamedAttribute> attributes;
    for (const graph::AttributeSpec& spec : op_.attributes) {
      if (!spec.required) continue;
      const double size = spec.integer ? static_cast<double>(kSizes.at(spec.name)) : 0;
      attributes.emplace_back(spec.name, spec.integer ? size : kReals.at(spec.name));
    }
    const auto outputs = b_.ops(op_.kind, inputs, attributes);
    EXPECT_TRUE(b_.status().is_ok()) << b_.status().to_string();
    add_loss(op_.kind == OpKind::kSplit ? b_.op(OpKind::kConcat, {outputs[0], outputs[1]})
                                        : outputs[0]);
    return b_.finish().value();
  }

  void set_inputs(test::GraphRunner& runner) const {
    for (const auto& [name, values] : indices_) runner.set_input(name, values);
    runner.set_input("loss.weights", std::vector<float>(loss_rows_, 1.0f));
    runner.set_input("loss.scale", std::vector<float>{1.0f});
  }

 private:
  TensorId parameter(const std::string& name, const Shape& shape) {
    return b_.parameter(name, shape, graph::Init::normal(0.7));
  }
  TensorId index_input(const std::string& name, int64_t count, std::vector<int32_t> values) {
    indices_[name] = std::move(values);
    return b_.input(name, DType::kI32, {count});
  }
  std::vector<int32_t> cycle(int64_t count, int64_t below) const {
    std::vector<int32_t> values;
    for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<int32_t>(i % below));
    return values;
  }
  TensorId input(const graph::Operand& operand) {
    const std::string name(operand.name);
    const Shape shape = sizes_.shape_of(operand.shape).value();
    if (operand.values == Values::kRising) {  // two sequences
      std::vector<int32_t> values(static_cast<size_t>(shape[0]),
                                  static_cast<int32_t>(shape[0] - 1));
      values[0] = 0;
      values[1] = 1;
      return index_input(name, shape[0], values);
    }
    if (operand.values == Values::kIndex) {
      const int64_t below = operand.bound.empty() ? 100 : sizes_.evaluate(operand.bound).value();
      return index_input(name, shape[0], cycle(shape[0], below));
    }
    const bool is_rows = operand.shape == "*" || operand.shape.substr(0, 4) == "rows";
    if (!is_rows) return parameter(name, shape);
    const TensorId ids = index_input(name + ".ids", shape[0], cycle(shape[0], shape[0]));
    return b_.op(OpKind::kEmbedding, {parameter(name, shape), ids});
  }
  void add_loss(TensorId y) {
    const Shape shape = b_.peek().tensor(y).shape;
    constexpr int64_t kClasses = 5;
    loss_rows_ = static_cast<size_t>(shape[0]);
    const TensorId targets = index_input("loss.targets", shape[0], cycle(shape[0], kClasses));
    const TensorId weights = b_.input("loss.weights", DType::kF32, {shape[0]});
    const TensorId scale = b_.input("loss.scale", DType::kF32, {1});
    b_.add_loss(b_.op(OpKind::kLinearCrossEntropy,
                      {y, parameter("loss.classes", {kClasses, shape[1]}), targets, weights, scale},
                      {}, "loss"));
  }

  const OpInfo& op_;
  graph::Sizes sizes_;
  graph::Builder b_;
  std::map<std::string, std::vector<int32_t>> indices_;
  size_t loss_rows_ = 0;
};

class OpGradient : public testing::TestWithParam<OpKind> {};
INSTANTIATE_TEST_SUITE_P(All, OpGradient, testing::ValuesIn(ops()), [](const auto& kind) {
  return std::string(graph::op_info(kind.param).name);
});

TEST_P(OpGradient, MatchesCentralDifferences) {
  OneOp one(graph::op_info(GetParam()));
  const graph::Graph graph = one.build();
  test::GraphRunner runner(graph, {});
  one.set_inputs(runner);
  test::expect_central_differences(runner);
}

}  // namespace
}  // namespace raddle
