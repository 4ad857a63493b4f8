// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/op_table.h"

#include <array>
#include <limits>
#include <string>

namespace raddle::graph {
namespace {

constexpr double kAnything = std::numeric_limits<float>::max();
constexpr AttributeSpec count(std::string_view name) { return {.name = name}; }
constexpr AttributeSpec flag_or(std::string_view name, double otherwise) {
  return {.name = name, .required = false, .otherwise = otherwise, .least = 0, .most = 1};
}
constexpr AttributeSpec positive(std::string_view name) {
  constexpr double kLeast = std::numeric_limits<float>::min();
  constexpr double kMost = std::numeric_limits<float>::max();
  return {.name = name, .integer = false, .least = kLeast, .most = kMost};
}
constexpr AttributeSpec real(std::string_view name) {
  return {.name = name, .integer = false, .least = -kAnything, .most = kAnything};
}
constexpr AttributeSpec real_or(std::string_view name, double otherwise) {
  AttributeSpec spec = real(name);
  spec.required = false;
  spec.otherwise = otherwise;
  return spec;
}

using Text = std::string_view;
constexpr Operand need(Text name, Text shape) { return {.name = name, .shape = shape}; }
constexpr Operand maybe(Text name, Text shape) {
  return {.name = name, .shape = shape, .optional = true};
}
constexpr Operand when(Text condition, Text name, Text shape) {
  return {.name = name, .shape = shape, .when = condition};
}
constexpr Operand indexes(Text name, Text shape, Text bound, Text mask = "") {
  return {.name = name, .shape = shape, .values = Values::kIndex, .bound = bound, .mask = mask};
}
constexpr Operand rising(Text name, Text shape, Text bound) {
  return {.name = name, .shape = shape, .values = Values::kRising, .bound = bound};
}
constexpr Operand cache(Text name, Text shape) {
  return {.name = name, .shape = shape, .written = true};
}
constexpr Operand grad(Text name, Text shape) {
  return {.name = name, .shape = shape, .gradient = true};
}
constexpr Operand maybe_grad(Text name, Text shape) {
  return {.name = name, .shape = shape, .optional = true, .gradient = true};
}
constexpr Operand grad_when(Text condition, Text name, Text shape, bool optional = false) {
  return {.name = name, .shape = shape, .optional = optional, .when = condition, .gradient = true};
}

// Operand and attribute lists. (Arrays with static storage: the table keeps spans of them.)
constexpr std::array kX = {need("x", "*")};
constexpr std::array kY = {need("y", "*")};
constexpr std::array kEps = {positive("eps")};
constexpr std::array<AttributeSpec, 0> kPlain = {};
constexpr std::array<InPlace, 0> kNever = {};
constexpr std::array kFirstOverFirst = {InPlace{0, 0}};
constexpr std::array kFirstOverSecond = {InPlace{0, 1}};
constexpr std::array kFirstOverEither = {InPlace{0, 0}, InPlace{0, 1}};
constexpr std::array kFirstOverThird = {InPlace{0, 2}};
using enum Constraint::Relation;

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

constexpr std::array kLayerNormIn = {need("x", "rows, width"), maybe("weight", "width"),
                                     maybe("bias", "width")};
constexpr std::array kLayerNormOut = {need("y", "rows, width"), need("stats", "rows, 2")};
constexpr std::array kLayerNormGradIn = {need("dy", "rows, width"), need("x", "rows, width"),
                                         maybe("weight", "width"), need("stats", "rows, 2")};
constexpr std::array kLayerNormGradOut = {need("dx", "rows, width"),
                                          grad_when("weight", "dweight", "width", true),
                                          grad_when("weight", "dbias", "width", true)};
constexpr std::array kRmsNormIn = {need("x", "rows, width"), maybe("weight", "width")};
constexpr std::array kRmsNormOut = {need("y", "rows, width"), need("rstd", "rows, 1")};
constexpr std::array kRmsNormGradIn = {need("dy", "rows, width"), need("x", "rows, width"),
                                       maybe("weight", "width"), need("rstd", "rows, 1")};
constexpr std::array kRmsNormGradOut = {need("dx", "rows, width"),
                                        grad_when("weight", "dweight", "width", true)};

// Rows of [q | k | v].
constexpr Text kPacked = "rows, (heads + 2*kv_heads)*head_dim";
constexpr Text kNormed = "rows, heads + kv_heads";
constexpr Text kAttended = "rows, heads*head_dim";
constexpr std::array kGrouped = {Constraint{"heads", kMultipleOf, "kv_heads"}};
constexpr std::array kGroupedEven = {Constraint{"heads", kMultipleOf, "kv_heads"},
                                     Constraint{"head_dim", kMultipleOf, "2"}};
constexpr std::array kHeadNormIn = {need("x", kPacked), need("q_weight", "head_dim"),
                                    need("k_weight", "head_dim")};
constexpr std::array kHeadNormOut = {need("y", kPacked), need("rstd", kNormed)};
constexpr std::array kHeadNormGradIn = {need("dy", kPacked), need("x", kPacked),
                                        need("q_weight", "head_dim"), need("k_weight", "head_dim"),
                                        need("rstd", kNormed)};
constexpr std::array kHeadNormGradOut = {need("dx", kPacked), maybe_grad("dq_weight", "head_dim"),
                                         maybe_grad("dk_weight", "head_dim")};
constexpr std::array kHeadNormAttrs = {count("heads"), count("kv_heads"), count("head_dim"),
                                       positive("eps")};
constexpr std::array kRopeIn = {need("x", kPacked), indexes("positions", "rows", "")};
constexpr std::array kRopeOut = {need("y", kPacked)};
constexpr std::array kRopeAttrs = {count("heads"), count("kv_heads"), count("head_dim"),
                                   positive("theta"), flag_or("inverse", 0)};
constexpr std::array kAttentionIn = {need("qkv", kPacked),
                                     rising("cu_seqlens", "rows + 1", "rows")};
constexpr std::array kAttentionOut = {need("out", kAttended), need("lse", "rows, heads")};
constexpr std::array kAttentionGradIn = {need("dout", kAttended), need("qkv", kPacked),
                                         need("out", kAttended), need("lse", "rows, heads"),
                                         rising("cu_seqlens", "rows + 1", "rows")};
constexpr std::array kDqkv = {need("dqkv", kPacked)};
constexpr std::array kAttentionAttrs = {count("heads"), count("kv_heads"), count("head_dim"),
                                        positive("scale"), flag_or("causal", 1)};
constexpr Text kCached = "capacity, kv_heads*head_dim";
constexpr std::array kAttentionCachedIn = {need("qkv", kPacked),
                                           indexes("cache_rows", "1", "capacity - rows + 1"),
                                           cache("k_cache", kCached), cache("v_cache", kCached)};
constexpr std::array kAttentionCachedOut = {need("out", kAttended)};
constexpr std::array kAttentionCachedAttrs = {count("heads"), count("kv_heads"), count("head_dim"),
                                              positive("scale")};
constexpr std::array kGroupedCached = {Constraint{"heads", kMultipleOf, "kv_heads"},
                                       Constraint{"capacity", kAtLeast, "rows"}};

constexpr std::array kGeluGradIn = {need("dy", "*"), need("x", "*")};
constexpr std::array kGeluGradOut = {need("dx", "*")};
constexpr std::array kSwigluIn = {need("x", "rows, 2*width")};
constexpr std::array kSwigluOut = {need("y", "rows, width")};
constexpr std::array kSwigluGradIn = {need("dy", "rows, width"), need("x", "rows, 2*width")};
constexpr std::array kSwigluGradOut = {need("dx", "rows, 2*width")};
constexpr std::array kAddIn = {need("a", "*"), need("b", "*")};
constexpr std::array kAddAttrs = {real_or("scale", 1)};
constexpr std::array kScaleAttrs = {real("scale")};
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

constexpr std::array kCrossEntropyIn = {need("x", "rows, in"), need("weight", "vocab, in"),
                                        indexes("targets", "rows", "vocab", "weights"),
                                        need("weights", "rows"), need("loss_scale", "1")};
constexpr std::array kLoss = {need("loss", "1")};
constexpr std::array kCrossEntropyTrainOut = {need("loss", "1"), need("dx", "rows, in"),
                                              maybe_grad("dweight", "vocab, in")};
constexpr std::array kCoefficient = {real_or("coefficient", 1)};

// Virtual width: n slots of d columns in the state, m of them in what the backbone sees. t links a
// read to its write; a static site has no dynamic part: t is empty, the link stays.
constexpr Text kState = "rows, n*d";
constexpr Text kSeen = "rows, m*d";
constexpr Text kT = "rows, dynamic*n*(2*m + n)";
constexpr Text kDc = "rows, n*(n + m)";
constexpr Text kSite = "n, 2*m + n";
constexpr Text kGenerator = "d, 2*m + n";
constexpr std::array kSiteAttrs = {count("m"), count("n"), positive("eps"), flag_or("dynamic", 1)};
constexpr std::array kSiteConstraints = {Constraint{"n", kAtLeast, "m"}};
constexpr std::array kGhcReadIn = {need("h", kState), need("c0", kSite),
                                   when("dynamic", "s", kSite), when("dynamic", "w", kGenerator),
                                   when("dynamic", "norm_weight", "d")};
constexpr std::array kGhcReadOut = {need("x", kSeen), need("t", kT)};
constexpr std::array kGhcWriteIn = {need("h", kState), need("z", kSeen), need("t", kT),
                                    need("c0", kSite), when("dynamic", "s", kSite)};
constexpr std::array kGhcWriteOut = {need("h_next", kState)};
constexpr std::array kGhcBoundaryIn = {need("h", kState),
                                       need("z", kSeen),
                                       need("t", kT),
                                       need("c0", kSite),
                                       when("dynamic", "s", kSite),
                                       need("next_c0", kSite),
                                       when("dynamic", "next_s", kSite),
                                       when("dynamic", "next_w", kGenerator),
                                       when("dynamic", "next_norm_weight", "d")};
constexpr std::array kGhcBoundaryOut = {need("h_next", kState), need("x_next", kSeen),
                                        need("t_next", kT)};
constexpr std::array kGhcWriteGradIn = {need("dh_next", kState), need("h", kState),
                                        need("z", kSeen),        need("t", kT),
                                        need("c0", kSite),       when("dynamic", "s", kSite)};
constexpr std::array kGhcWriteGradOut = {need("dh", kState), need("dz", kSeen), need("dc", kDc)};
constexpr std::array kGhcReadGradIn = {need("dx", kSeen),
                                       need("dc", kDc),
                                       need("dh_in", kState),
                                       need("h", kState),
                                       need("t", kT),
                                       need("c0", kSite),
                                       when("dynamic", "s", kSite),
                                       when("dynamic", "w", kGenerator),
                                       when("dynamic", "norm_weight", "d")};
constexpr std::array kGhcReadGradOut = {
    need("dh", kState), maybe_grad("dc0", kSite), grad_when("dynamic", "ds", kSite, true),
    grad_when("dynamic", "dw", kGenerator, true), grad_when("dynamic", "dnorm_weight", "d", true)};
constexpr std::array kGhcBoundaryGradIn = {need("dx_next", kSeen),
                                           need("dc_next", kDc),
                                           need("dh_next_in", kState),
                                           need("h_next", kState),
                                           need("t_next", kT),
                                           need("next_c0", kSite),
                                           when("dynamic", "next_s", kSite),
                                           when("dynamic", "next_w", kGenerator),
                                           when("dynamic", "next_norm_weight", "d"),
                                           need("h", kState),
                                           need("z", kSeen),
                                           need("t", kT),
                                           need("c0", kSite),
                                           when("dynamic", "s", kSite)};
constexpr std::array kGhcBoundaryGradOut = {need("dh", kState),
                                            need("dz", kSeen),
                                            need("dc", kDc),
                                            maybe_grad("dnext_c0", kSite),
                                            grad_when("dynamic", "dnext_s", kSite, true),
                                            grad_when("dynamic", "dnext_w", kGenerator, true),
                                            grad_when("dynamic", "dnext_norm_weight", "d", true)};

const std::array<OpInfo, static_cast<size_t>(OpKind::kCount)> kOps = {{
    {OpKind::kEmbedding, "embedding", "y[t] = table[ids[t]]", kEmbeddingIn, kEmbeddingOut, kPlain,
     kNever},
    {OpKind::kLinear, "linear", "y = x weight^T + bias; weight is (out, in)", kLinearIn, kLinearOut,
     kPlain, kNever},
    {OpKind::kLayerNorm, "layer_norm", "layer norm over the last dimension", kLayerNormIn,
     kLayerNormOut, kEps, kNever},
    {OpKind::kRmsNorm, "rms_norm", "root-mean-square norm over the last dimension", kRmsNormIn,
     kRmsNormOut, kEps, kNever},
    {OpKind::kHeadNorm, "head_norm", "RMS norm of each q and k head of a packed [q|k|v] row",
     kHeadNormIn, kHeadNormOut, kHeadNormAttrs, kNever, kGrouped},
    {OpKind::kRope, "rope", "rotary positions on the q and k heads of a packed [q|k|v] row",
     kRopeIn, kRopeOut, kRopeAttrs, kFirstOverFirst, kGroupedEven},
    {OpKind::kAttention, "attention", "packed attention; row t sees rows of its own sequence only",
     kAttentionIn, kAttentionOut, kAttentionAttrs, kNever, kGrouped},
    {OpKind::kAttentionCached, "attention_cached", "decoding attention with a key/value cache",
     kAttentionCachedIn, kAttentionCachedOut, kAttentionCachedAttrs, kNever, kGroupedCached},
    {OpKind::kGelu, "gelu", "GELU, tanh form", kX, kY, kPlain, kFirstOverFirst},
    {OpKind::kSwiglu, "swiglu", "silu(gate) * up of a packed [gate|up] row", kSwigluIn, kSwigluOut,
     kPlain, kNever},
    {OpKind::kAdd, "add", "y = a + scale b", kAddIn, kY, kAddAttrs, kFirstOverEither},
    {OpKind::kScale, "scale", "y = scale x", kX, kY, kScaleAttrs, kFirstOverFirst},
    {OpKind::kConcat, "concat", "columns of a, then columns of b", kConcatIn, kConcatOut, kPlain,
     kNever},
    {OpKind::kReshape, "reshape", "the same elements as (rows, width); no copy", kX, kReshapeOut,
     kReshapeAttrs, kNever, kReshapeConstraints},
    {OpKind::kTile, "tile",
     "y[c] = x[c mod columns of x]; mean: divided by the copies of the column", kTileIn, kTileOut,
     kTileAttrs, kNever, kTileConstraints},
    {OpKind::kFold, "fold", "y[c] = sum over k of x[c + k width]; mean: divided by their number",
     kFoldIn, kTileOut, kTileAttrs, kNever, kFoldConstraints},
    {OpKind::kLinearCrossEntropy, "linear_cross_entropy",
     "loss_scale * sum_t weights[t] * cross_entropy(x[t] weight^T, targets[t])", kCrossEntropyIn,
     kLoss, kPlain, kNever},
    {OpKind::kGhcRead, "ghc_read", "reads the backbone's input from the virtual-width state",
     kGhcReadIn, kGhcReadOut, kSiteAttrs, kNever, kSiteConstraints},
    {OpKind::kGhcWrite, "ghc_write", "writes a sublayer's output back to the virtual-width state",
     kGhcWriteIn, kGhcWriteOut, kSiteAttrs, kFirstOverFirst, kSiteConstraints},
    {OpKind::kGhcBoundary, "ghc_boundary", "write of one site and read of the next, fused",
     kGhcBoundaryIn, kGhcBoundaryOut, kSiteAttrs, kNever, kSiteConstraints},
    {OpKind::kEmbeddingGrad, "embedding_grad", "scatter-add of dy into the table's gradient",
     kEmbeddingGradIn, kDTable, kPlain, kNever},
    {OpKind::kLinearGradInput, "linear_grad_input", "dx = dy weight", kLinearGradInputIn,
     kLinearGradInputOut, kPlain, kNever},
    {OpKind::kLinearGradWeight, "linear_grad_weight", "dweight = dy^T x", kLinearGradWeightIn,
     kDWeight, kPlain, kNever},
    {OpKind::kLinearGradBias, "linear_grad_bias", "dbias = sum of the rows of dy",
     kLinearGradBiasIn, kDBias, kPlain, kNever},
    {OpKind::kLayerNormGrad, "layer_norm_grad", "gradient of layer_norm", kLayerNormGradIn,
     kLayerNormGradOut, kEps, kFirstOverFirst},
    {OpKind::kRmsNormGrad, "rms_norm_grad", "gradient of rms_norm", kRmsNormGradIn, kRmsNormGradOut,
     kEps, kFirstOverFirst},
    {OpKind::kHeadNormGrad, "head_norm_grad", "gradient of head_norm", kHeadNormGradIn,
     kHeadNormGradOut, kHeadNormAttrs, kFirstOverFirst, kGrouped},
    {OpKind::kAttentionGrad, "attention_grad", "gradient of attention", kAttentionGradIn, kDqkv,
     kAttentionAttrs, kNever, kGrouped},
    {OpKind::kGeluGrad, "gelu_grad", "gradient of gelu", kGeluGradIn, kGeluGradOut, kPlain,
     kFirstOverFirst},
    {OpKind::kSwigluGrad, "swiglu_grad", "gradient of swiglu", kSwigluGradIn, kSwigluGradOut,
     kPlain, kFirstOverSecond},
    {OpKind::kSplit, "split", "the inverse of concat", kSplitIn, kSplitOut, kSplitAttrs, kNever,
     kSplitConstraints},
    {OpKind::kLinearCrossEntropyTrain, "linear_cross_entropy_train",
     "linear_cross_entropy and its gradients times coefficient, in one pass", kCrossEntropyIn,
     kCrossEntropyTrainOut, kCoefficient, kNever},
    {OpKind::kGhcReadGrad, "ghc_read_grad", "gradient of ghc_read", kGhcReadGradIn, kGhcReadGradOut,
     kSiteAttrs, kFirstOverThird, kSiteConstraints, true},
    {OpKind::kGhcWriteGrad, "ghc_write_grad", "gradient of ghc_write", kGhcWriteGradIn,
     kGhcWriteGradOut, kSiteAttrs, kFirstOverFirst, kSiteConstraints},
    {OpKind::kGhcBoundaryGrad, "ghc_boundary_grad", "gradient of ghc_boundary", kGhcBoundaryGradIn,
     kGhcBoundaryGradOut, kSiteAttrs, kFirstOverThird, kSiteConstraints, true},
}};

}  // namespace

const OpInfo& op_info(OpKind kind) {
  const auto index = static_cast<size_t>(kind);
  RADDLE_ASSERT(index < kOps.size());
  RADDLE_ASSERT(kOps[index].kind == kind);
  return kOps[index];
}

std::span<const OpInfo> all_ops() { return kOps; }

StatusOr<OpKind> find_op(std::string_view name) {
  std::string known;
  for (const OpInfo& op : kOps) {
    if (op.name == name) return op.kind;
    known += known.empty() ? "" : ", ";
    known += op.name;
  }
  return not_found("no operation is called \"{}\"; the known ones are {}", name, known);
}

size_t attribute_index(OpKind kind, std::string_view name) {
  const auto attributes = op_info(kind).attributes;
  for (size_t i = 0; i < attributes.size(); ++i) {
    if (attributes[i].name == name) return i;
  }
  RADDLE_ASSERT(!"attribute is in the op's table");
  return 0;
}

}  // namespace raddle::graph
