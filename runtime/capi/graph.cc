// SPDX-License-Identifier: Apache-2.0
#include "raddle/graph.h"

#include <charconv>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/capi/attributes.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/text.h"
#include "runtime/config/nearest.h"
#include "runtime/graph/text.h"
#include "runtime/session/model_of.h"

using raddle::DType;
using raddle::failed_precondition;
using raddle::invalid_argument;
using raddle::Shape;
using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::capi::border_value;
using raddle::capi::finished_graph;
using raddle::capi::short_text;
using raddle::graph::Builder;
using raddle::graph::Graph;
using raddle::graph::Init;
using raddle::graph::NamedAttribute;
using raddle::graph::OpInfo;
using raddle::graph::OpKind;
using raddle::graph::TensorId;

static_assert(RADDLE_RANK_MAX == Shape::kMaxRank);
static_assert(RADDLE_F32 == static_cast<int32_t>(DType::kF32));
static_assert(RADDLE_I32 == static_cast<int32_t>(DType::kI32));
static_assert(RADDLE_U32 == static_cast<int32_t>(DType::kU32));

namespace {

Status check_open(const raddle_graph_t* graph) {
  if (!graph->finished.has_value()) return Status::ok();
  return failed_precondition("the graph is finished and can no longer change; create another");
}

// Runs the body of a call that adds to `graph`. Its error is the caller's to deal with: the
// builder's own habit of keeping the first one suits straight-line C++ and would hide a C caller's
// next one.
template <class Body>
Status adding(raddle_graph_t* graph, Body&& body) {
  RADDLE_RETURN_IF_ERROR(check_open(graph));
  Status status = body(graph->builder);
  graph->builder.forgive();
  return status;
}

// The builder has the rules of a name; what is shown in messages must be one.
StatusOr<std::string_view> tensor_name(const char* name) {
  RADDLE_ASSIGN_OR_RETURN(const std::string_view given, short_text("name", name));
  RADDLE_RETURN_IF_ERROR(raddle::graph::check_tensor_name(given));
  return given;
}

StatusOr<Shape> to_shape(std::string_view name, const int64_t* dims, int32_t rank) {
  if (rank < 0 || rank > RADDLE_RANK_MAX) {
    return invalid_argument("tensor {} has rank {}, expected 0 to {}", name, rank, RADDLE_RANK_MAX);
  }
  if (rank > 0 && dims == nullptr) {
    return invalid_argument("tensor {} has rank {} and dims is NULL", name, rank);
  }
  for (int32_t i = 0; i < rank; ++i) {
    if (dims[i] < 1) {
      return invalid_argument("tensor {}: dims[{}] is {}, expected 1 or more", name, i, dims[i]);
    }
  }
  return Shape(std::span(dims, static_cast<size_t>(rank)));
}

Status check_dtype(std::string_view name, raddle_dtype_t dtype) {
  if (dtype >= RADDLE_F32 && dtype <= RADDLE_U32) return Status::ok();
  return invalid_argument("tensor {}: there is no element type {}", name, dtype);
}

struct ParameterAttributes {
  Init init;
  bool decay = true;
};

StatusOr<ParameterAttributes> parse_parameter(std::string_view name, const char* text) {
  ParameterAttributes parsed;
  RADDLE_ASSIGN_OR_RETURN(const auto attributes, raddle::capi::parse_attributes(text));
  for (const auto& [key, value] : attributes) {
    if (key == "init") {
      RADDLE_ASSIGN_OR_RETURN(parsed.init, Init::parse(value));
    } else if (key == "decay" && (value == "true" || value == "false")) {
      parsed.decay = value == "true";
    } else {
      return invalid_argument(
          "parameter {}: '{}={}' is no attribute of a parameter; it takes init=..., decay=true and "
          "decay=false",
          name, key, value);
    }
  }
  return parsed;
}

StatusOr<const OpInfo*> find_op(std::string_view name) {
  std::vector<std::string_view> names;
  for (const OpInfo& op : raddle::graph::all_ops()) {
    if (op.kind >= OpKind::kEmbeddingGrad) continue;
    if (op.name == name) return &op;
    names.push_back(op.name);
  }
  const auto nearest = raddle::config::nearest_match(name, names);
  return invalid_argument("there is no op '{}'{}", name,
                          nearest ? fmt::format("; did you mean '{}'?", names[*nearest])
                                  : "; raddle_op_get_info() lists them");
}

// The builder checks that the names exist and the values suit; here they only become numbers.
StatusOr<std::vector<NamedAttribute>> parse_op_attributes(const OpInfo& op, const char* text) {
  RADDLE_ASSIGN_OR_RETURN(const auto texts, raddle::capi::parse_attributes(text));
  std::vector<NamedAttribute> attributes;
  for (const auto& [key, value] : texts) {
    double number = value == "true" ? 1 : 0;
    const auto result = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool is_number = result.ec == std::errc() && result.ptr == value.data() + value.size();
    if (!is_number && value != "true" && value != "false") {
      return invalid_argument("{}: attribute {} is '{}', expected a number", op.name, key, value);
    }
    attributes.emplace_back(key, number);
  }
  return attributes;
}

}  // namespace

StatusOr<const Graph*> raddle::capi::finished_graph(const raddle_graph* graph) {
  if (graph->finished.has_value()) return &*graph->finished;
  return failed_precondition("the graph is not finished; call raddle_graph_finish() first");
}

raddle_status_t raddle_graph_create(raddle_context_t* context, raddle_graph_t** out_graph) {
  return border(__func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(out_graph)}, [&]() -> Status {
    *out_graph = new raddle_graph;
    return Status::ok();
  });
}

void raddle_graph_destroy(raddle_graph_t** graph) {
  if (graph == nullptr) return;
  raddle::capi::destroy(std::exchange(*graph, nullptr));
}

raddle_status_t raddle_graph_create_from_text(raddle_context_t* context, const char* text,
                                              size_t text_bytes, raddle_graph_t** out_graph) {
  return border(
      __func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(text), RADDLE_ARGUMENT(out_graph)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const auto given, raddle::capi::long_text(text, text_bytes));
        RADDLE_ASSIGN_OR_RETURN(Graph parsed, raddle::graph::parse_text(given));
        auto graph = std::make_unique<raddle_graph>();
        graph->finished = std::move(parsed);
        *out_graph = graph.release();
        return Status::ok();
      });
}

raddle_status_t raddle_graph_create_model(raddle_context_t* context, const raddle_config_t* config,
                                          raddle_graph_t** out_graph) {
  return border(
      __func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(out_graph)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(Graph made, raddle::session::loss_graph_of(config->config));
        auto graph = std::make_unique<raddle_graph>();
        graph->finished = std::move(made);
        *out_graph = graph.release();
        return Status::ok();
      });
}

raddle_status_t raddle_graph_add_input(raddle_graph_t* graph, const char* name,
                                       raddle_dtype_t dtype, const int64_t* dims, int32_t rank,
                                       raddle_tensor_id_t* out_tensor) {
  const auto add = [&](Builder& builder) -> Status {
    RADDLE_ASSIGN_OR_RETURN(const std::string_view given, tensor_name(name));
    RADDLE_RETURN_IF_ERROR(check_dtype(given, dtype));
    RADDLE_ASSIGN_OR_RETURN(const Shape shape, to_shape(given, dims, rank));
    const TensorId id = builder.input(std::string(given), static_cast<DType>(dtype), shape);
    if (id.present()) *out_tensor = id.value;
    return builder.status();
  };
  return border(__func__,
                {RADDLE_ARGUMENT(graph), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(out_tensor)},
                [&] { return adding(graph, add); });
}

raddle_status_t raddle_graph_add_parameter(raddle_graph_t* graph, const char* name,
                                           raddle_dtype_t dtype, const int64_t* dims, int32_t rank,
                                           const char* attributes, raddle_tensor_id_t* out_tensor) {
  const auto add = [&](Builder& builder) -> Status {
    RADDLE_ASSIGN_OR_RETURN(const std::string_view given, tensor_name(name));
    RADDLE_RETURN_IF_ERROR(check_dtype(given, dtype));
    if (dtype != RADDLE_F32) {
      return invalid_argument("parameter {} has element type {}; parameters are F32", given,
                              raddle::dtype_name(static_cast<DType>(dtype)));
    }
    RADDLE_ASSIGN_OR_RETURN(const Shape shape, to_shape(given, dims, rank));
    RADDLE_ASSIGN_OR_RETURN(const auto parsed, parse_parameter(given, attributes));
    const TensorId id = builder.parameter(std::string(given), shape, parsed.init, parsed.decay);
    if (id.present()) *out_tensor = id.value;
    return builder.status();
  };
  return border(__func__,
                {RADDLE_ARGUMENT(graph), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(out_tensor)},
                [&] { return adding(graph, add); });
}

raddle_status_t raddle_graph_add_op(raddle_graph_t* graph, const char* op, const char* name,
                                    const raddle_tensor_id_t* inputs, int64_t input_count,
                                    const char* attributes, raddle_tensor_id_t* out_outputs,
                                    int64_t output_count) {
  const auto add = [&](Builder& builder) -> Status {
    RADDLE_ASSIGN_OR_RETURN(const std::string_view kind, short_text("op", op));
    RADDLE_ASSIGN_OR_RETURN(const OpInfo* info, find_op(kind));
    std::string_view output;  // empty: a number is given
    if (name != nullptr) {
      RADDLE_ASSIGN_OR_RETURN(output, tensor_name(name));
    }
    if (input_count < 0 || input_count > static_cast<int64_t>(info->inputs.size())) {
      return invalid_argument("{} takes at most {} inputs, got {}", kind, info->inputs.size(),
                              input_count);
    }
    if (output_count != static_cast<int64_t>(info->outputs.size())) {
      return invalid_argument("{} has {} outputs, out_outputs has room for {}", kind,
                              info->outputs.size(), output_count);
    }
    RADDLE_ASSIGN_OR_RETURN(const auto values, parse_op_attributes(*info, attributes));
    std::vector<TensorId> ids;
    for (int64_t i = 0; i < input_count; ++i) ids.push_back({inputs[i]});
    const auto outputs = builder.ops(info->kind, ids, values, output);
    RADDLE_RETURN_IF_ERROR(builder.status());
    for (size_t i = 0; i < outputs.size(); ++i) out_outputs[i] = outputs[i].value;
    return Status::ok();
  };
  return border(__func__,
                {RADDLE_ARGUMENT(graph), RADDLE_ARGUMENT(op), RADDLE_ARGUMENT(inputs),
                 RADDLE_ARGUMENT(out_outputs)},
                [&] { return adding(graph, add); });
}

raddle_status_t raddle_graph_set_precision(raddle_graph_t* graph, raddle_dtype_t dtype) {
  const auto set = [&](Builder& builder) -> Status {
    if (dtype != RADDLE_F32 && dtype != RADDLE_BF16) {
      return invalid_argument("dtype is {}, expected RADDLE_F32 ({}) or RADDLE_BF16 ({})", dtype,
                              static_cast<int>(RADDLE_F32), static_cast<int>(RADDLE_BF16));
    }
    builder.set_precision(static_cast<DType>(dtype));
    return builder.status();
  };
  return border(__func__, {RADDLE_ARGUMENT(graph)}, [&] { return adding(graph, set); });
}

raddle_status_t raddle_graph_set_block(raddle_graph_t* graph, int32_t block) {
  const auto set = [&](Builder& builder) -> Status {
    if (block < -1) return invalid_argument("block is {}, expected -1 or more", block);
    builder.set_block(block);
    return Status::ok();
  };
  return border(__func__, {RADDLE_ARGUMENT(graph)}, [&] { return adding(graph, set); });
}

raddle_status_t raddle_graph_add_loss(raddle_graph_t* graph, raddle_tensor_id_t loss,
                                      double coefficient) {
  const auto add = [&](Builder& builder) -> Status {
    builder.add_loss({loss}, coefficient);
    return builder.status();
  };
  return border(__func__, {RADDLE_ARGUMENT(graph)}, [&] { return adding(graph, add); });
}

raddle_status_t raddle_graph_add_output(raddle_graph_t* graph, raddle_tensor_id_t tensor) {
  const auto add = [&](Builder& builder) -> Status {
    builder.add_output({tensor});
    return builder.status();
  };
  return border(__func__, {RADDLE_ARGUMENT(graph)}, [&] { return adding(graph, add); });
}

raddle_status_t raddle_graph_finish(raddle_graph_t* graph) {
  const auto finish = [&](Builder& builder) -> Status {
    RADDLE_ASSIGN_OR_RETURN(Graph finished, builder.finish());
    graph->finished = std::move(finished);
    return Status::ok();
  };
  return border(__func__, {RADDLE_ARGUMENT(graph)}, [&] { return adding(graph, finish); });
}

raddle_status_t raddle_graph_to_text(const raddle_graph_t* graph, char** out_text) {
  return border(__func__, {RADDLE_ARGUMENT(graph), RADDLE_ARGUMENT(out_text)}, [&]() -> Status {
    RADDLE_ASSIGN_OR_RETURN(const Graph* finished, finished_graph(graph));
    *out_text = raddle::capi::copy_text(raddle::graph::to_text(*finished));
    return Status::ok();
  });
}

int64_t raddle_graph_parameter_elements(const raddle_graph_t* graph) {
  if (graph == nullptr) return 0;
  return border_value<int64_t>(0, __func__, {"graph", graph}, [&] {
    return graph->finished ? graph->finished->parameter_elements()
                           : graph->builder.peek().parameter_elements();
  });
}
