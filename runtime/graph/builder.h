// SPDX-License-Identifier: Apache-2.0
// Builder: makes a Graph node by node. Shapes are checked as nodes are added. The first error
// sticks: later calls return absent tensors and finish() returns that error, so a model can be
// written as straight-line code and checked once.
//
//   Builder b;
//   TensorId ids = b.input("tokens", DType::kI32, {rows});
//   TensorId table = b.parameter("wte", {vocab, width}, Init::normal(0.02));
//   TensorId x = b.op(OpKind::kEmbedding, {table, ids});
//   ...
//   b.add_loss(loss);
//   RADDLE_ASSIGN_OR_RETURN(Graph graph, b.finish());
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/graph/graph.h"

namespace raddle::graph {

using NamedAttribute = std::pair<std::string_view, double>;

// INVALID_ARGUMENT unless `name` may be that of a tensor: a plain word, as it comes in the text
// form, in files and in messages. The message shows it without bytes that upset a terminal.
Status check_tensor_name(std::string_view name);

class Builder {
 public:
  Builder() = default;
  // Starts from the tensors, parameters, losses and outputs of a finished graph, without its nodes:
  // activations are there but nothing makes them yet (see add_node).
  static Builder without_nodes(const Graph& graph);

  // F32 or BF16, before the first tensor; see Graph::precision().
  void set_precision(DType precision);

  TensorId input(std::string name, DType dtype, Shape shape);
  TensorId cache(std::string name, DType dtype, Shape shape);
  TensorId parameter(std::string name, Shape shape, Init init, bool decay = true);

  // Adds a node; returns one id per output operand of the op (absent ones included). Trailing
  // optional inputs and attributes with a default may be left out. `output_name` names the first
  // output
  // ("<output_name>.<operand>" the others); "" numbers them.
  std::vector<TensorId> ops(OpKind op, std::span<const TensorId> inputs,
                            std::span<const NamedAttribute> attributes = {},
                            std::string_view output_name = "");
  // The same where only the first output matters to the caller.
  TensorId op(OpKind kind, std::initializer_list<TensorId> inputs,
              std::initializer_list<NamedAttribute> attributes = {},
              std::string_view output_name = "");

  // Nodes added from now on belong to this recomputation block (-1: none).
  void set_block(int32_t block) { block_ = block; }
  void add_loss(TensorId scalar, double coefficient = 1);
  void add_output(TensorId tensor);

  const Status& status() const { return status_; }
  const Graph& peek() const { return graph_; }  // what was added so far
  // Verifies and hands over the graph; the builder must not be used afterwards.
  StatusOr<Graph> finish();

  // For differentiation and the text form.
  void set_phase(Phase phase) { phase_ = phase; }
  // Puts an existing node of the graph this builder started from back, outputs as they were.
  void add_node(const Node& node);
  // Everything that can be said of a new node. Gradient outputs accumulate into
  // `gradient_parameters`, in the order of the op's gradient operands (-1: that operand is absent).
  // `output_names`, if given, has one name per output ("" for absent ones) and overrides
  // `output_name`. `first_output`, if present, is an existing tensor without a producer that output
  // 0 becomes.
  struct Request {
    OpKind op;
    std::span<const TensorId> inputs;
    std::span<const NamedAttribute> attributes;
    std::span<const int32_t> gradient_parameters;
    std::string_view output_name;
    std::span<const std::string> output_names;
    TensorId first_output;
  };
  std::vector<TensorId> add(const Request& request);
  void mark_differentiated() { graph_.differentiated_ = true; }

  // Takes back the error that sticks. What was added before the failing call is as it was.
  void forgive() { status_ = Status::ok(); }
  void fail(Status status) {
    if (status_.is_ok()) status_ = std::move(status);
  }

 private:
  TensorId add_tensor(Tensor tensor);
  StatusOr<std::vector<double>> attribute_values(OpKind op,
                                                 std::span<const NamedAttribute> given) const;
  StatusOr<Node> make_node(OpKind op, std::span<const TensorId> inputs,
                           std::span<const NamedAttribute> attributes) const;
  bool has(TensorId id) const {
    return id.present() && static_cast<size_t>(id.value) < graph_.tensors_.size();
  }
  // One per output of the op; -1: no gradient.
  static std::vector<int32_t> gradient_parameters(const Request& request);
  const Tensor* parameter_tensor(int32_t parameter) const;
  std::string output_name(const Request& request, size_t index);
  TensorId add_output_tensor(const Request& request, size_t index, Tensor tensor);

  Graph graph_;
  Status status_;
  std::unordered_map<std::string, int32_t> by_name_;  // looked up, never iterated
  int64_t next_number_ = 0;
  int32_t block_ = -1;
  Phase phase_ = Phase::kForward;
};

}  // namespace raddle::graph
