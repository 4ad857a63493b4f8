// SPDX-License-Identifier: Apache-2.0
// What moves elements and computes little: concat, split, reshape, tile, fold.
#include "runtime/graph/gradient_rules.h"
#include "runtime/graph/ops/families.h"
#include "runtime/graph/ops/operands.h"

namespace raddle::graph {
namespace {

constexpr std::array kConcatIn = {need("a", "rows, a_width"), need("b", "rows, b_width")};
constexpr std::array kConcatOut = {need("y", "rows, a_width + b_width")};
constexpr std::array kSplitIn = {need("x", "rows, width")};
constexpr std::array kSplitOut = {need("a", "rows, a_width"), need("b", "rows, width - a_width")};
constexpr std::array kSplitAttrs = {count("a_width")};
constexpr std::array kSplitConstraints = {Constraint{"width", kAtLeast, "a_width + 1"}};
constexpr std::array kReshapeOut = {need("y", "rows, width")};
constexpr std::array kReshapeAttrs = {count("rows"), count("width")};
constexpr std::array kReshapeConstraints = {Constraint{"rows*width", kEquals, "elements"}};

constexpr std::array kTileIn = {need("x", "rows, in")};
constexpr std::array kFoldIn = {need("x", "rows, wide")};
constexpr std::array kTileOut = {need("y", "rows, width")};
constexpr std::array kTileAttrs = {count("width"), flag_or("mean", 0)};
constexpr std::array kTileConstraints = {Constraint{"width", kAtLeast, "in"}};
constexpr std::array kFoldConstraints = {Constraint{"wide", kAtLeast, "width"}};

Status concat(GradientRule& r) {
  const NamedAttribute a_width = {"a_width", static_cast<double>(r.shape(r.in(0)).last())};
  const auto parts = r.emit(OpKind::kSplit, {r.dy()}, std::span(&a_width, 1));
  r.pass(0, parts[0]);
  r.pass(1, parts[1]);
  return Status::ok();
}

Status split(GradientRule& r) {
  if (!r.dy(0).present() || !r.dy(1).present()) return r.refuse("only one half is used");
  r.pass(0, r.emit(OpKind::kConcat, {r.dy(0), r.dy(1)})[0]);
  return Status::ok();
}

Status reshape(GradientRule& r) {
  const Shape& from = r.shape(r.in(0));
  if (from.rank() != 2) return r.refuse("only tensors of two dimensions can be reshaped back");
  const std::array<NamedAttribute, 2> attributes = {
      {{"rows", static_cast<double>(from[0])}, {"width", static_cast<double>(from[1])}}};
  r.pass(0, r.emit(OpKind::kReshape, {r.dy()}, attributes)[0]);
  return Status::ok();
}

// Each is the other's gradient, divided by the same number of copies.
Status tile_or_fold(GradientRule& r, OpKind gradient) {
  const std::array<NamedAttribute, 2> attributes = {
      {{"width", static_cast<double>(r.shape(r.in(0)).last())},
       {"mean", r.node().attribute("mean")}}};
  r.pass(0, r.emit(gradient, {r.dy()}, attributes)[0]);
  return Status::ok();
}

Status tile(GradientRule& r) { return tile_or_fold(r, OpKind::kFold); }
Status fold(GradientRule& r) { return tile_or_fold(r, OpKind::kTile); }

constexpr std::array kLayoutOps = std::to_array<OpInfo>({
    {.kind = OpKind::kConcat,
     .name = "concat",
     .help = "columns of a, then columns of b",
     .inputs = kConcatIn,
     .outputs = kConcatOut,
     .gradient = &concat},
    {.kind = OpKind::kSplit,
     .name = "split",
     .help = "the inverse of concat",
     .inputs = kSplitIn,
     .outputs = kSplitOut,
     .attributes = kSplitAttrs,
     .constraints = kSplitConstraints,
     .gradient = &split},
    {.kind = OpKind::kReshape,
     .name = "reshape",
     .help = "the same elements as (rows, width); no copy",
     .inputs = kX,
     .outputs = kReshapeOut,
     .attributes = kReshapeAttrs,
     .constraints = kReshapeConstraints,
     .gradient = &reshape},
    {.kind = OpKind::kTile,
     .name = "tile",
     .help = "y[c] = x[c mod columns of x]; mean: divided by the copies of the column",
     .inputs = kTileIn,
     .outputs = kTileOut,
     .attributes = kTileAttrs,
     .constraints = kTileConstraints,
     .gradient = &tile},
    {.kind = OpKind::kFold,
     .name = "fold",
     .help = "y[c] = sum over k of x[c + k width]; mean: divided by their number",
     .inputs = kFoldIn,
     .outputs = kTileOut,
     .attributes = kTileAttrs,
     .constraints = kFoldConstraints,
     .gradient = &fold},
});

}  // namespace

std::span<const OpInfo> layout_ops() { return kLayoutOps; }

}  // namespace raddle::graph
