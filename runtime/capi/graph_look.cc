// SPDX-License-Identifier: Apache-2.0
// Graphs: what a finished one holds.
#include <algorithm>
#include <string_view>
#include <vector>

#include "raddle/graph.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/text.h"
#include "runtime/config/nearest.h"

using raddle::not_found;
using raddle::out_of_range;
using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::capi::border_value;
using raddle::capi::finished_graph;
using raddle::graph::Graph;
using raddle::graph::Node;
using raddle::graph::Tensor;
using raddle::graph::TensorId;
using raddle::graph::TensorKind;

static_assert(RADDLE_TENSOR_INPUT == static_cast<int32_t>(TensorKind::kInput));
static_assert(RADDLE_TENSOR_PARAMETER == static_cast<int32_t>(TensorKind::kParameter));
static_assert(RADDLE_TENSOR_CACHE == static_cast<int32_t>(TensorKind::kCache));
static_assert(RADDLE_TENSOR_ACTIVATION == static_cast<int32_t>(TensorKind::kActivation));
// Lists of tensors are lent as lists of their numbers.
static_assert(sizeof(TensorId) == sizeof(raddle_tensor_id_t) && alignof(TensorId) == 4);

namespace {

const raddle_tensor_id_t* numbers_of(const std::vector<TensorId>& ids) {
  return ids.empty() ? nullptr : &ids.front().value;
}

template <class List>
Status check_index(const char* what, int64_t index, const List& list) {
  if (index >= 0 && index < static_cast<int64_t>(list.size())) return Status::ok();
  return out_of_range("there is no {} {}: the graph has {}, numbered from 0", what, index,
                      list.size());
}

raddle_graph_tensor_t describe(const Graph& graph, TensorId id) {
  const Tensor& tensor = graph.tensor(id);
  raddle_graph_tensor_t out = RADDLE_GRAPH_TENSOR_INIT;
  out.name = tensor.name.c_str();
  out.kind = static_cast<raddle_tensor_kind_t>(tensor.kind);
  out.dtype = static_cast<raddle_dtype_t>(tensor.dtype);
  out.rank = tensor.shape.rank();
  out.node = tensor.producer;
  for (int i = 0; i < tensor.shape.rank(); ++i) out.dims[i] = tensor.shape[i];
  for (const auto& loss : graph.losses()) {
    if (loss.tensor == id) out.loss_coefficient = loss.coefficient;
  }
  const auto outputs = graph.outputs();
  out.is_output = std::find(outputs.begin(), outputs.end(), id) != outputs.end() ? 1 : 0;
  return out;
}

template <class Count>
int64_t count_of(const raddle_graph_t* graph, const char* function, Count&& count) {
  if (graph == nullptr) return 0;
  return border_value<int64_t>(0, function, {"graph", graph}, [&]() -> int64_t {
    return graph->finished ? static_cast<int64_t>(count(*graph->finished)) : 0;
  });
}

}  // namespace

int64_t raddle_graph_tensor_count(const raddle_graph_t* graph) {
  return count_of(graph, __func__, [](const Graph& g) { return g.tensors().size(); });
}

int64_t raddle_graph_node_count(const raddle_graph_t* graph) {
  return count_of(graph, __func__, [](const Graph& g) { return g.nodes().size(); });
}

raddle_status_t raddle_graph_get_tensor(const raddle_graph_t* graph, raddle_tensor_id_t tensor,
                                        raddle_graph_tensor_t* out_tensor) {
  return border(__func__, {RADDLE_ARGUMENT(graph), RADDLE_ARGUMENT(out_tensor)}, [&]() -> Status {
    RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_tensor", out_tensor));
    RADDLE_ASSIGN_OR_RETURN(const Graph* finished, finished_graph(graph));
    RADDLE_RETURN_IF_ERROR(check_index("tensor", tensor, finished->tensors()));
    raddle::capi::write_struct(out_tensor, describe(*finished, {tensor}));
    return Status::ok();
  });
}

raddle_status_t raddle_graph_find_tensor(const raddle_graph_t* graph, const char* name,
                                         raddle_tensor_id_t* out_tensor) {
  return border(
      __func__, {RADDLE_ARGUMENT(graph), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(out_tensor)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const std::string_view wanted,
                                raddle::capi::short_text("name", name));
        RADDLE_ASSIGN_OR_RETURN(const Graph* finished, finished_graph(graph));
        if (const auto found = finished->find(wanted)) {
          *out_tensor = found->value;
          return Status::ok();
        }
        std::vector<std::string_view> names;
        for (const Tensor& tensor : finished->tensors()) names.push_back(tensor.name);
        const auto nearest = raddle::config::nearest_match(wanted, names);
        return not_found("the graph has no tensor '{}'{}", wanted,
                         nearest ? fmt::format("; did you mean '{}'?", names[*nearest]) : "");
      });
}

raddle_status_t raddle_graph_get_node(const raddle_graph_t* graph, int64_t index,
                                      raddle_graph_node_t* out_node) {
  return border(__func__, {RADDLE_ARGUMENT(graph), RADDLE_ARGUMENT(out_node)}, [&]() -> Status {
    RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_node", out_node));
    RADDLE_ASSIGN_OR_RETURN(const Graph* finished, finished_graph(graph));
    RADDLE_RETURN_IF_ERROR(check_index("node", index, finished->nodes()));
    const Node& node = finished->nodes()[static_cast<size_t>(index)];
    raddle_graph_node_t out = RADDLE_GRAPH_NODE_INIT;
    out.op = raddle::graph::op_info(node.op).name.data();
    out.block = node.block;
    out.inputs = numbers_of(node.inputs);
    out.input_count = static_cast<int64_t>(node.inputs.size());
    out.outputs = numbers_of(node.outputs);
    out.output_count = static_cast<int64_t>(node.outputs.size());
    out.attributes = node.attributes.empty() ? nullptr : node.attributes.data();
    out.attribute_count = static_cast<int64_t>(node.attributes.size());
    raddle::capi::write_struct(out_node, out);
    return Status::ok();
  });
}
