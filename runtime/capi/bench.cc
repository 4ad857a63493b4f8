// SPDX-License-Identifier: Apache-2.0
#include "raddle/bench.h"

#include <map>
#include <string>
#include <tuple>

#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/graph/autodiff.h"
#include "runtime/session/machine_bench.h"
#include "runtime/session/model_of.h"

using raddle::invalid_argument;
using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::graph::Graph;
using raddle::graph::Node;
using raddle::graph::OpKind;
using raddle::session::MatrixProduct;

namespace {

Status check_threads(int32_t threads) {
  if (threads >= 0 && threads <= 1024) return Status::ok();
  return invalid_argument("threads is {}, expected 0 (all cores) to 1024", threads);
}

// Shapes in order of first use, with the name of their first use and how often they come.
class ShapeTable {
 public:
  void add(const std::string& name, const MatrixProduct& shape) {
    const auto key = std::tuple(shape.m, shape.n, shape.k, shape.transpose_a, shape.transpose_b);
    const auto [it, is_new] = index_.emplace(key, rows_.size());
    if (is_new) rows_.push_back({name, shape, 0});
    ++rows_[it->second].count;
  }
  struct Row {
    std::string name;
    MatrixProduct shape;
    int64_t count;
  };
  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::vector<Row> rows_;
  std::map<std::tuple<int64_t, int64_t, int64_t, bool, bool>, size_t> index_;
};

void add_products(const Graph& graph, const Node& node, ShapeTable* table) {
  const auto shape = [&](size_t input) { return graph.tensor(node.inputs[input]).shape; };
  const auto name = [&](const char* what) {
    return fmt::format("{} {}", what, graph.tensor(node.inputs[1]).name);
  };
  switch (node.op) {
    case OpKind::kLinear:  // x (rows, in), weight (out, in)
      return table->add(name("forward"), {shape(0).rows(), shape(1)[0], shape(1)[1], false, true});
    case OpKind::kLinearGradInput:  // dy (rows, out), weight (out, in)
      return table->add(name("grad_input"),
                        {shape(0).rows(), shape(1)[1], shape(1)[0], false, false});
    case OpKind::kLinearGradWeight:  // dy (rows, out), x (rows, in)
      return table->add(name("grad_weight"),
                        {shape(0).last(), shape(1).last(), shape(0).rows(), true, false});
    case OpKind::kLinearCrossEntropyTrain: {  // x (rows, width), weight (vocab, width)
      const int64_t rows = shape(0).rows(), vocab = shape(1)[0], width = shape(1)[1];
      table->add(name("forward"), {rows, vocab, width, false, true});
      table->add(name("grad_input"), {rows, width, vocab, false, false});
      return table->add(name("grad_weight"), {vocab, width, rows, true, false});
    }
    default:
      return;
  }
}

}  // namespace

raddle_status_t raddle_bench_machine(raddle_context_t* context, int32_t threads,
                                     int32_t with_memory, raddle_machine_peaks_t* out_peaks) {
  return border(__func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(out_peaks)}, [&]() -> Status {
    RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_peaks", out_peaks));
    RADDLE_RETURN_IF_ERROR(check_threads(threads));
    RADDLE_ASSIGN_OR_RETURN(const auto peaks,
                            raddle::session::measure_machine(threads, with_memory != 0));
    raddle_machine_peaks_t result = RADDLE_MACHINE_PEAKS_INIT;
    result.threads = peaks.threads;
    result.fma_gflops = peaks.fma_gflops;
    result.triad_gb_per_second = peaks.triad_gb_per_second;
    raddle::capi::write_struct(out_peaks, result);
    return Status::ok();
  });
}

raddle_status_t raddle_bench_gemm_shapes(raddle_context_t* context, const raddle_config_t* config,
                                         raddle_gemm_shape_callback_t callback, void* user_data) {
  return border(
      __func__,
      {RADDLE_ARGUMENT(context),
       RADDLE_ARGUMENT(config),
       {"callback", reinterpret_cast<const void*>(callback)}},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const Graph forward,
                                raddle::session::loss_graph_of(config->config));
        raddle::graph::AutodiffOptions options;
        options.recompute_blocks = config->config.get_string("train.recompute") == "block";
        RADDLE_ASSIGN_OR_RETURN(const auto groups,
                                raddle::session::group_parameters(config->config, forward));
        options.frozen = groups.frozen();
        RADDLE_ASSIGN_OR_RETURN(const Graph graph, raddle::graph::differentiate(forward, options));
        ShapeTable table;
        for (const Node& node : graph.nodes()) add_products(graph, node, &table);
        for (const ShapeTable::Row& row : table.rows()) {
          const raddle_gemm_shape_t shape = {
              sizeof(shape),         row.shape.m,           row.shape.n, row.shape.k,
              row.shape.transpose_a, row.shape.transpose_b, row.count};
          callback(user_data, row.name.c_str(), &shape);
        }
        return Status::ok();
      });
}

raddle_status_t raddle_bench_gemm(raddle_context_t* context, const char* library,
                                  const raddle_gemm_shape_t* shape, int32_t threads,
                                  double* out_gflops) {
  return border(__func__,
                {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(library), RADDLE_ARGUMENT(shape),
                 RADDLE_ARGUMENT(out_gflops)},
                [&]() -> Status {
                  const raddle_gemm_shape_t defaults = RADDLE_GEMM_SHAPE_INIT;
                  RADDLE_ASSIGN_OR_RETURN(const auto given,
                                          raddle::capi::read_struct("shape", shape, defaults));
                  RADDLE_RETURN_IF_ERROR(check_threads(threads));
                  RADDLE_ASSIGN_OR_RETURN(*out_gflops,
                                          raddle::session::measure_matrix_library(
                                              library,
                                              {given.m, given.n, given.k, given.transpose_a != 0,
                                               given.transpose_b != 0},
                                              threads));
                  return Status::ok();
                });
}
