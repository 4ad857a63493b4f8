// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/op_table.h"

#include <array>
#include <string>

namespace raddle::graph {
namespace {

constexpr AttributeSpec integer(std::string_view name) { return {name, true, true, 0}; }
constexpr AttributeSpec integer_or(std::string_view name, double otherwise) {
  return {name, true, false, otherwise};
}
constexpr AttributeSpec real(std::string_view name) { return {name, false, true, 0}; }
constexpr AttributeSpec real_or(std::string_view name, double otherwise) {
  return {name, false, false, otherwise};
}
constexpr Operand need(std::string_view name) { return {name, false, false}; }
constexpr Operand maybe(std::string_view name) { return {name, true, false}; }
constexpr Operand grad(std::string_view name) { return {name, false, true}; }
constexpr Operand maybe_grad(std::string_view name) { return {name, true, true}; }

// Operand and attribute lists. (Arrays with static storage: the table keeps spans of them.)
constexpr std::array kX = {need("x")};
constexpr std::array kY = {need("y")};
constexpr std::array kEps = {real("eps")};
constexpr std::array<AttributeSpec, 0> kPlain = {};
constexpr std::array<InPlace, 0> kNever = {};
constexpr std::array kFirstOverFirst = {InPlace{0, 0}};
constexpr std::array kFirstOverSecond = {InPlace{0, 1}};

constexpr std::array kEmbeddingIn = {need("table"), need("ids")};
constexpr std::array kEmbeddingGradIn = {need("dy"), need("ids")};
constexpr std::array kDTable = {grad("dtable")};
constexpr std::array kLinearIn = {need("x"), need("weight"), maybe("bias")};
constexpr std::array kDyWeight = {need("dy"), need("weight")};
constexpr std::array kDyX = {need("dy"), need("x")};
constexpr std::array kDy = {need("dy")};
constexpr std::array kDx = {need("dx")};
constexpr std::array kDWeight = {grad("dweight")};
constexpr std::array kDBias = {grad("dbias")};
constexpr std::array kLayerNormIn = {need("x"), maybe("weight"), maybe("bias")};
constexpr std::array kLayerNormOut = {need("y"), need("stats")};
constexpr std::array kLayerNormGradIn = {need("dy"), need("x"), maybe("weight"), need("stats")};
constexpr std::array kLayerNormGradOut = {need("dx"), maybe_grad("dweight"), maybe_grad("dbias")};
constexpr std::array kRmsNormIn = {need("x"), maybe("weight")};
constexpr std::array kRmsNormOut = {need("y"), need("rstd")};
constexpr std::array kRmsNormGradIn = {need("dy"), need("x"), maybe("weight"), need("rstd")};
constexpr std::array kRmsNormGradOut = {need("dx"), maybe_grad("dweight")};
constexpr std::array kHeadNormIn = {need("x"), need("q_weight"), need("k_weight")};
constexpr std::array kHeadNormGradIn = {need("dy"), need("x"), need("q_weight"), need("k_weight"),
                                        need("rstd")};
constexpr std::array kHeadNormGradOut = {need("dx"), grad("dq_weight"), grad("dk_weight")};
constexpr std::array kHeadNormAttrs = {integer("heads"), integer("kv_heads"), integer("head_dim"),
                                       real("eps")};
constexpr std::array kRopeIn = {need("x"), need("positions")};
constexpr std::array kRopeAttrs = {integer("heads"), integer("kv_heads"), integer("head_dim"),
                                   real("theta"), integer_or("inverse", 0)};
constexpr std::array kAttentionIn = {need("qkv"), need("cu_seqlens")};
constexpr std::array kAttentionOut = {need("out"), need("lse")};
constexpr std::array kAttentionGradIn = {need("dout"), need("qkv"), need("out"), need("lse"),
                                         need("cu_seqlens")};
constexpr std::array kDqkv = {need("dqkv")};
constexpr std::array kAttentionAttrs = {integer("heads"), integer("kv_heads"), integer("head_dim"),
                                        real("scale"), integer_or("causal", 1)};
constexpr std::array kAttentionCachedIn = {need("qkv"), need("cache_rows"), need("k_cache"),
                                           need("v_cache")};
constexpr std::array kOut = {need("out")};
constexpr std::array kAttentionCachedAttrs = {integer("heads"), integer("kv_heads"),
                                              integer("head_dim"), real("scale")};
constexpr std::array kAddIn = {need("a"), need("b")};
constexpr std::array kAddAttrs = {real_or("scale", 1)};
constexpr std::array kScaleAttrs = {real("scale")};
constexpr std::array kSplitOut = {need("a"), need("b")};
constexpr std::array kSplitAttrs = {integer("a_width")};
constexpr std::array kReshapeAttrs = {integer("rows"), integer("width")};
constexpr std::array kCrossEntropyIn = {need("x"), need("weight"), need("targets"), need("weights"),
                                        need("loss_scale")};
constexpr std::array kLoss = {need("loss")};
constexpr std::array kCrossEntropyTrainOut = {need("loss"), need("dx"), grad("dweight")};
constexpr std::array kCoefficient = {real_or("coefficient", 1)};
constexpr std::array kSiteAttrs = {integer("m"), integer("n"), real("eps"),
                                   integer_or("dynamic", 1)};
constexpr std::array kGhcReadIn = {need("h"), need("c0"), maybe("s"), maybe("w"),
                                   maybe("norm_weight")};
constexpr std::array kGhcReadOut = {need("x"), need("t")};
constexpr std::array kGhcWriteIn = {need("h"), need("z"), need("t"), need("c0"), maybe("s")};
constexpr std::array kGhcWriteOut = {need("h_next")};
constexpr std::array kGhcBoundaryIn = {need("h"),       need("z"),       need("t"),
                                       need("c0"),      maybe("s"),      need("next_c0"),
                                       maybe("next_s"), maybe("next_w"), maybe("next_norm_weight")};
constexpr std::array kGhcBoundaryOut = {need("h_next"), need("x_next"), need("t_next")};
constexpr std::array kGhcWriteGradIn = {need("dh_next"), need("h"),  need("z"),
                                        need("t"),       need("c0"), maybe("s")};
constexpr std::array kGhcWriteGradOut = {need("dh"), need("dz"), need("dc")};
constexpr std::array kGhcReadGradIn = {need("dx"), need("dc"), need("dh_in"),
                                       need("h"),  need("t"),  need("c0"),
                                       maybe("s"), maybe("w"), maybe("norm_weight")};
constexpr std::array kGhcReadGradOut = {need("dh"), grad("dc0"), maybe_grad("ds"), maybe_grad("dw"),
                                        maybe_grad("dnorm_weight")};
constexpr std::array kGhcBoundaryGradIn = {
    need("dx_next"), need("dc_next"), need("dh_next_in"),
    need("h_next"),  need("t_next"),  need("next_c0"),
    maybe("next_s"), maybe("next_w"), maybe("next_norm_weight"),
    need("h"),       need("z"),       need("t"),
    need("c0"),      maybe("s")};
constexpr std::array kGhcBoundaryGradOut = {need("dh"),
                                            need("dz"),
                                            need("dc"),
                                            grad("dnext_c0"),
                                            maybe_grad("dnext_s"),
                                            maybe_grad("dnext_w"),
                                            maybe_grad("dnext_norm_weight")};
constexpr std::array kFirstOverEither = {InPlace{0, 0}, InPlace{0, 1}};
constexpr std::array kFirstOverThird = {InPlace{0, 2}};

const std::array<OpInfo, static_cast<size_t>(OpKind::kCount)> kOps = {{
    {OpKind::kEmbedding, "embedding", "y[t] = table[ids[t]]", kEmbeddingIn, kY, kPlain, kNever},
    {OpKind::kLinear, "linear", "y = x weight^T + bias; weight is (out, in)", kLinearIn, kY, kPlain,
     kNever},
    {OpKind::kLayerNorm, "layer_norm", "layer norm over the last dimension", kLayerNormIn,
     kLayerNormOut, kEps, kNever},
    {OpKind::kRmsNorm, "rms_norm", "root-mean-square norm over the last dimension", kRmsNormIn,
     kRmsNormOut, kEps, kNever},
    {OpKind::kHeadNorm, "head_norm", "RMS norm of each q and k head of a packed [q|k|v] row",
     kHeadNormIn, kRmsNormOut, kHeadNormAttrs, kNever},
    {OpKind::kRope, "rope", "rotary positions on the q and k heads of a packed [q|k|v] row",
     kRopeIn, kY, kRopeAttrs, kFirstOverFirst},
    {OpKind::kAttention, "attention", "packed attention; row t sees rows of its own sequence only",
     kAttentionIn, kAttentionOut, kAttentionAttrs, kNever},
    {OpKind::kAttentionCached, "attention_cached", "decoding attention with a key/value cache",
     kAttentionCachedIn, kOut, kAttentionCachedAttrs, kNever},
    {OpKind::kGelu, "gelu", "GELU, tanh form", kX, kY, kPlain, kFirstOverFirst},
    {OpKind::kSwiglu, "swiglu", "silu(gate) * up of a packed [gate|up] row", kX, kY, kPlain,
     kNever},
    {OpKind::kAdd, "add", "y = a + scale b", kAddIn, kY, kAddAttrs, kFirstOverEither},
    {OpKind::kScale, "scale", "y = scale x", kX, kY, kScaleAttrs, kFirstOverFirst},
    {OpKind::kConcat, "concat", "columns of a, then columns of b", kAddIn, kY, kPlain, kNever},
    {OpKind::kReshape, "reshape", "the same elements as (rows, width); no copy", kX, kY,
     kReshapeAttrs, kNever},
    {OpKind::kLinearCrossEntropy, "linear_cross_entropy",
     "loss_scale * sum_t weights[t] * cross_entropy(x[t] weight^T, targets[t])", kCrossEntropyIn,
     kLoss, kPlain, kNever},
    {OpKind::kGhcRead, "ghc_read", "reads the backbone's input from the virtual-width state",
     kGhcReadIn, kGhcReadOut, kSiteAttrs, kNever},
    {OpKind::kGhcWrite, "ghc_write", "writes a sublayer's output back to the virtual-width state",
     kGhcWriteIn, kGhcWriteOut, kSiteAttrs, kFirstOverFirst},
    {OpKind::kGhcBoundary, "ghc_boundary", "write of one site and read of the next, fused",
     kGhcBoundaryIn, kGhcBoundaryOut, kSiteAttrs, kNever},
    {OpKind::kEmbeddingGrad, "embedding_grad", "scatter-add of dy into the table's gradient",
     kEmbeddingGradIn, kDTable, kPlain, kNever},
    {OpKind::kLinearGradInput, "linear_grad_input", "dx = dy weight", kDyWeight, kDx, kPlain,
     kNever},
    {OpKind::kLinearGradWeight, "linear_grad_weight", "dweight = dy^T x", kDyX, kDWeight, kPlain,
     kNever},
    {OpKind::kLinearGradBias, "linear_grad_bias", "dbias = sum of the rows of dy", kDy, kDBias,
     kPlain, kNever},
    {OpKind::kLayerNormGrad, "layer_norm_grad", "gradient of layer_norm", kLayerNormGradIn,
     kLayerNormGradOut, kEps, kFirstOverFirst},
    {OpKind::kRmsNormGrad, "rms_norm_grad", "gradient of rms_norm", kRmsNormGradIn, kRmsNormGradOut,
     kEps, kFirstOverFirst},
    {OpKind::kHeadNormGrad, "head_norm_grad", "gradient of head_norm", kHeadNormGradIn,
     kHeadNormGradOut, kHeadNormAttrs, kFirstOverFirst},
    {OpKind::kAttentionGrad, "attention_grad", "gradient of attention", kAttentionGradIn, kDqkv,
     kAttentionAttrs, kNever},
    {OpKind::kGeluGrad, "gelu_grad", "gradient of gelu", kDyX, kDx, kPlain, kFirstOverFirst},
    {OpKind::kSwigluGrad, "swiglu_grad", "gradient of swiglu", kDyX, kDx, kPlain, kFirstOverSecond},
    {OpKind::kSplit, "split", "the inverse of concat", kX, kSplitOut, kSplitAttrs, kNever},
    {OpKind::kLinearCrossEntropyTrain, "linear_cross_entropy_train",
     "linear_cross_entropy and its gradients times coefficient, in one pass", kCrossEntropyIn,
     kCrossEntropyTrainOut, kCoefficient, kNever},
    {OpKind::kGhcReadGrad, "ghc_read_grad", "gradient of ghc_read", kGhcReadGradIn, kGhcReadGradOut,
     kSiteAttrs, kFirstOverThird},
    {OpKind::kGhcWriteGrad, "ghc_write_grad", "gradient of ghc_write", kGhcWriteGradIn,
     kGhcWriteGradOut, kSiteAttrs, kFirstOverFirst},
    {OpKind::kGhcBoundaryGrad, "ghc_boundary_grad", "gradient of ghc_boundary", kGhcBoundaryGradIn,
     kGhcBoundaryGradOut, kSiteAttrs, kFirstOverThird},
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
