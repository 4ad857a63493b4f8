// SPDX-License-Identifier: Apache-2.0
// Tables and matrices: embedding, linear layer.
#include "runtime/graph/gradient_rules.h"
#include "runtime/graph/ops/families.h"
#include "runtime/graph/ops/operands.h"

namespace raddle::graph {
namespace {

constexpr std::array kEmbeddingIn = {need("table", "vocab, width"),
                                     indexes("ids", "rows", "vocab")};
constexpr std::array kEmbeddingOut = {need("y", "rows, width")};
constexpr std::array kEmbeddingGradIn = {need("dy", "rows, width"),
                                         indexes("ids", "rows", "vocab")};
constexpr std::array kDTable = {grad("dtable", "vocab, width")};

constexpr std::array kLinearIn = {need("x", "rows, in"), need("weight", "out, in"),
                                  maybe("bias", "out")};
constexpr std::array kLinearOut = {need("y", "rows, out")};
constexpr std::array kLinearGradInputIn = {need("dy", "rows, out"), need("weight", "out, in")};
constexpr std::array kLinearGradInputOut = {need("dx", "rows, in")};
constexpr std::array kLinearGradWeightIn = {need("dy", "rows, out"), need("x", "rows, in")};
constexpr std::array kDWeight = {grad("dweight", "out, in")};
constexpr std::array kLinearGradBiasIn = {need("dy", "rows, out")};
constexpr std::array kDBias = {grad("dbias", "out")};

Status embedding(GradientRule& r) {
  RADDLE_ASSIGN_OR_RETURN(const int32_t table, r.parameter(0));
  r.emit(OpKind::kEmbeddingGrad, {r.dy(), r.in(1)}, {}, std::array{table});
  return Status::ok();
}

Status linear(GradientRule& r) {
  RADDLE_ASSIGN_OR_RETURN(const int32_t weight, r.parameter(1));
  RADDLE_ASSIGN_OR_RETURN(const int32_t bias, r.parameter(2));
  const TensorId dy = r.dy();
  if (weight >= 0) {
    r.emit(OpKind::kLinearGradWeight, {dy, r.saved_in(0)}, {}, std::array{weight});
  }
  if (bias >= 0) r.emit(OpKind::kLinearGradBias, {dy}, {}, std::array{bias});
  if (r.context().requires_gradient(r.in(0))) {
    r.pass(0, r.emit(OpKind::kLinearGradInput, {dy, r.in(1)})[0]);
  }
  return Status::ok();
}

constexpr std::array kLinearOps = std::to_array<OpInfo>({
    {.kind = OpKind::kEmbedding,
     .name = "embedding",
     .help = "y[t] = table[ids[t]]",
     .inputs = kEmbeddingIn,
     .outputs = kEmbeddingOut,
     .gradient = &embedding},
    {.kind = OpKind::kLinear,
     .name = "linear",
     .help = "y = x weight^T + bias; weight is (out, in)",
     .inputs = kLinearIn,
     .outputs = kLinearOut,
     .gradient = &linear},
    {.kind = OpKind::kEmbeddingGrad,
     .name = "embedding_grad",
     .help = "scatter-add of dy into the table's gradient",
     .inputs = kEmbeddingGradIn,
     .outputs = kDTable},
    {.kind = OpKind::kLinearGradInput,
     .name = "linear_grad_input",
     .help = "dx = dy weight",
     .inputs = kLinearGradInputIn,
     .outputs = kLinearGradInputOut},
    {.kind = OpKind::kLinearGradWeight,
     .name = "linear_grad_weight",
     .help = "dweight = dy^T x",
     .inputs = kLinearGradWeightIn,
     .outputs = kDWeight},
    {.kind = OpKind::kLinearGradBias,
     .name = "linear_grad_bias",
     .help = "dbias = sum of the rows of dy",
     .inputs = kLinearGradBiasIn,
     .outputs = kDBias},
});

}  // namespace

std::span<const OpInfo> linear_ops() { return kLinearOps; }

}  // namespace raddle::graph
