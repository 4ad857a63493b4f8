// SPDX-License-Identifier: Apache-2.0
// Norms over the last dimension.
#include "runtime/graph/gradient_rules.h"
#include "runtime/graph/ops/families.h"
#include "runtime/graph/ops/operands.h"

namespace raddle::graph {
namespace {

constexpr std::array kLayerNormIn = {need("x", "rows, width"), maybe_exact("weight", "width"),
                                     maybe_exact("bias", "width")};
constexpr std::array kLayerNormOut = {need("y", "rows, width"), exact("stats", "rows, 2")};
constexpr std::array kLayerNormGradIn = {need("dy", "rows, width"), need("x", "rows, width"),
                                         maybe_exact("weight", "width"), exact("stats", "rows, 2")};
constexpr std::array kLayerNormGradOut = {need("dx", "rows, width"),
                                          grad_when("weight", "dweight", "width", true),
                                          grad_when("weight", "dbias", "width", true)};
constexpr std::array kRmsNormIn = {need("x", "rows, width"), maybe_exact("weight", "width")};
constexpr std::array kRmsNormOut = {need("y", "rows, width"), exact("rstd", "rows, 1")};
constexpr std::array kRmsNormGradIn = {need("dy", "rows, width"), need("x", "rows, width"),
                                       maybe_exact("weight", "width"), exact("rstd", "rows, 1")};
constexpr std::array kRmsNormGradOut = {need("dx", "rows, width"),
                                        grad_when("weight", "dweight", "width", true)};

Status layer_norm(GradientRule& r) {
  RADDLE_ASSIGN_OR_RETURN(const int32_t weight, r.parameter(1));
  RADDLE_ASSIGN_OR_RETURN(const int32_t bias, r.parameter(2));
  if (!r.in(1).present() && bias >= 0) return r.refuse("a bias without a weight");
  r.pass(0, r.emit(OpKind::kLayerNormGrad, {r.dy(), r.saved_in(0), r.in(1), r.saved_out(1)},
                   r.attributes(), std::array{weight, bias})[0]);
  return Status::ok();
}

Status rms_norm(GradientRule& r) {
  RADDLE_ASSIGN_OR_RETURN(const int32_t weight, r.parameter(1));
  r.pass(0, r.emit(OpKind::kRmsNormGrad, {r.dy(), r.saved_in(0), r.in(1), r.saved_out(1)},
                   r.attributes(), std::array{weight})[0]);
  return Status::ok();
}

constexpr std::array kNormOps = std::to_array<OpInfo>({
    {.kind = OpKind::kLayerNorm,
     .name = "layer_norm",
     .help = "layer norm over the last dimension",
     .inputs = kLayerNormIn,
     .outputs = kLayerNormOut,
     .attributes = kEps,
     .gradient = &layer_norm},
    {.kind = OpKind::kRmsNorm,
     .name = "rms_norm",
     .help = "root-mean-square norm over the last dimension",
     .inputs = kRmsNormIn,
     .outputs = kRmsNormOut,
     .attributes = kEps,
     .gradient = &rms_norm},
    {.kind = OpKind::kLayerNormGrad,
     .name = "layer_norm_grad",
     .help = "gradient of layer_norm",
     .inputs = kLayerNormGradIn,
     .outputs = kLayerNormGradOut,
     .attributes = kEps,
     .in_place = kFirstOverFirst},
    {.kind = OpKind::kRmsNormGrad,
     .name = "rms_norm_grad",
     .help = "gradient of rms_norm",
     .inputs = kRmsNormGradIn,
     .outputs = kRmsNormGradOut,
     .attributes = kEps,
     .in_place = kFirstOverFirst},
});

}  // namespace

std::span<const OpInfo> norm_ops() { return kNormOps; }

}  // namespace raddle::graph
