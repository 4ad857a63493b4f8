// SPDX-License-Identifier: Apache-2.0
// Graph: a model, built op by op, read from text, or ready-made from a config.
#pragma once

#include <raddle/graph.h>

#include <string_view>
#include <vector>

#include "raddle/cpp/calls/graph.hpp"
#include "raddle/cpp/config.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

inline constexpr TensorId kNoTensor = RADDLE_NO_TENSOR;  // an input that an op may do without

// Built, then finished, which checks it; after that it never changes, and any threads may use it. A
// call that fails adds nothing.
//
//   auto ids = graph.add_input("ids", Dtype::kI32, {rows});
//   auto table = graph.add_parameter("table", Dtype::kF32, {vocab, width}, "init=normal(0.02)");
//   auto x = graph.add_op("embedding", "x", {*table, *ids});
class Graph : public detail::Object<raddle_graph_t, raddle_graph_destroy>,
              public GraphMakers<Graph>,
              public GraphCalls<Graph> {
 public:
  using Object::Object;

  // An op of one output, or as many as there is room for; `name` "" for a number.
  using GraphCalls::add_op;
  Result<TensorId> add_op(std::string_view op, std::string_view name, Span<const TensorId> inputs,
                          std::string_view attributes = {}) {
    TensorId output = kNoTensor;
    Status status = add_op(op, name, inputs, attributes, Span<TensorId>(&output, 1));
    if (!status.ok()) return status;
    return output;
  }
};

// The kinds of op that can be added. Any thread.
inline Result<std::vector<OpInfo>> ops() { return detail::table<OpInfo>(op_count(), op_info); }

}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
