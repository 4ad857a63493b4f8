// SPDX-License-Identifier: Apache-2.0
// Pointwise operations.
#include "runtime/graph/gradient_rules.h"
#include "runtime/graph/ops/families.h"
#include "runtime/graph/ops/operands.h"

namespace raddle::graph {
namespace {

constexpr std::array kGeluGradIn = {need("dy", "*"), need("x", "*")};
constexpr std::array kGeluGradOut = {need("dx", "*")};
constexpr std::array kGatedIn = {need("x", "rows, 2*width")};
constexpr std::array kGatedOut = {need("y", "rows, width")};
constexpr std::array kGatedGradIn = {need("dy", "rows, width"), need("x", "rows, 2*width")};
constexpr std::array kGatedGradOut = {need("dx", "rows, 2*width")};
constexpr std::array kAddIn = {need("a", "*"), need("b", "*")};
constexpr std::array kAddAttrs = {real_or("scale", 1)};
constexpr std::array kScaleAttrs = {real("scale")};

Status gelu(GradientRule& r) {
  r.pass(0, r.emit(OpKind::kGeluGrad, {r.dy(), r.saved_in(0)})[0]);
  return Status::ok();
}

Status swiglu(GradientRule& r) {
  r.pass(0, r.emit(OpKind::kSwigluGrad, {r.dy(), r.saved_in(0)})[0]);
  return Status::ok();
}

Status geglu(GradientRule& r) {
  r.pass(0, r.emit(OpKind::kGegluGrad, {r.dy(), r.saved_in(0)})[0]);
  return Status::ok();
}

Status add(GradientRule& r) {
  const double scale = r.node().attribute("scale");
  const TensorId dy = r.dy();
  if (r.context().requires_gradient(r.in(1))) {
    const NamedAttribute by = {"scale", scale};
    r.pass(1, scale == 1 ? dy : r.emit(OpKind::kScale, {dy}, std::span(&by, 1))[0]);
  }
  r.pass(0, dy);
  return Status::ok();
}

Status scale(GradientRule& r) {
  r.pass(0, r.emit(OpKind::kScale, {r.dy()}, r.attributes())[0]);
  return Status::ok();
}

constexpr std::array kElementwiseOps = std::to_array<OpInfo>({
    {.kind = OpKind::kGelu,
     .name = "gelu",
     .help = "GELU, tanh form",
     .inputs = kX,
     .outputs = kY,
     .in_place = kFirstOverFirst,
     .gradient = &gelu},
    {.kind = OpKind::kSwiglu,
     .name = "swiglu",
     .help = "silu(gate) * up of a packed [gate|up] row",
     .inputs = kGatedIn,
     .outputs = kGatedOut,
     .gradient = &swiglu},
    {.kind = OpKind::kGeglu,
     .name = "geglu",
     .help = "gelu(gate) * up of a packed [gate|up] row, tanh form",
     .inputs = kGatedIn,
     .outputs = kGatedOut,
     .gradient = &geglu},
    {.kind = OpKind::kAdd,
     .name = "add",
     .help = "y = a + scale b",
     .inputs = kAddIn,
     .outputs = kY,
     .attributes = kAddAttrs,
     .in_place = kFirstOverEither,
     .gradient = &add},
    {.kind = OpKind::kScale,
     .name = "scale",
     .help = "y = scale x",
     .inputs = kX,
     .outputs = kY,
     .attributes = kScaleAttrs,
     .in_place = kFirstOverFirst,
     .gradient = &scale},
    {.kind = OpKind::kGeluGrad,
     .name = "gelu_grad",
     .help = "gradient of gelu",
     .inputs = kGeluGradIn,
     .outputs = kGeluGradOut,
     .in_place = kFirstOverFirst},
    {.kind = OpKind::kSwigluGrad,
     .name = "swiglu_grad",
     .help = "gradient of swiglu",
     .inputs = kGatedGradIn,
     .outputs = kGatedGradOut,
     .in_place = kFirstOverSecond},
    {.kind = OpKind::kGegluGrad,
     .name = "geglu_grad",
     .help = "gradient of geglu",
     .inputs = kGatedGradIn,
     .outputs = kGatedGradOut,
     .in_place = kFirstOverSecond},
});

}  // namespace

std::span<const OpInfo> elementwise_ops() { return kElementwiseOps; }

}  // namespace raddle::graph
