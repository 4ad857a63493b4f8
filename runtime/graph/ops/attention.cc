// SPDX-License-Identifier: Apache-2.0
// What works on packed rows of [q | k | v]: norms of heads, rotary positions, attention.
#include "runtime/graph/gradient_rules.h"
#include "runtime/graph/ops/families.h"
#include "runtime/graph/ops/operands.h"

namespace raddle::graph {
namespace {

// Rows of [q | k | v].
constexpr Text kPacked = "rows, (heads + 2*kv_heads)*head_dim";
constexpr Text kNormed = "rows, heads + kv_heads";
constexpr Text kAttended = "rows, heads*head_dim";
constexpr std::array kGrouped = {Constraint{"heads", kMultipleOf, "kv_heads"}};
constexpr std::array kGroupedEven = {Constraint{"heads", kMultipleOf, "kv_heads"},
                                     Constraint{"head_dim", kMultipleOf, "2"}};
constexpr std::array kHeadNormIn = {need("x", kPacked), exact("q_weight", "head_dim"),
                                    exact("k_weight", "head_dim")};
constexpr std::array kHeadNormOut = {need("y", kPacked), exact("rstd", kNormed)};
constexpr std::array kHeadNormGradIn = {need("dy", kPacked), need("x", kPacked),
                                        exact("q_weight", "head_dim"),
                                        exact("k_weight", "head_dim"), exact("rstd", kNormed)};
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
constexpr std::array kAttentionOut = {need("out", kAttended), exact("lse", "rows, heads")};
constexpr std::array kAttentionGradIn = {need("dout", kAttended), need("qkv", kPacked),
                                         need("out", kAttended), exact("lse", "rows, heads"),
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

Status head_norm(GradientRule& r) {
  RADDLE_ASSIGN_OR_RETURN(const int32_t q_weight, r.parameter(1));
  RADDLE_ASSIGN_OR_RETURN(const int32_t k_weight, r.parameter(2));
  r.pass(0, r.emit(OpKind::kHeadNormGrad, {r.dy(), r.saved_in(0), r.in(1), r.in(2), r.saved_out(1)},
                   r.attributes(), std::array{q_weight, k_weight})[0]);
  return Status::ok();
}

Status rope(GradientRule& r) {
  std::vector<NamedAttribute> attributes = r.attributes();
  for (auto& [name, value] : attributes) {
    if (name == "inverse") value = 1 - value;
  }
  r.pass(0, r.emit(OpKind::kRope, {r.dy(), r.in(1)}, attributes)[0]);
  return Status::ok();
}

Status attention(GradientRule& r) {
  r.pass(0, r.emit(OpKind::kAttentionGrad,
                   {r.dy(), r.saved_in(0), r.saved_out(0), r.saved_out(1), r.in(1)},
                   r.attributes())[0]);
  return Status::ok();
}

constexpr std::array kAttentionOps = std::to_array<OpInfo>({
    {.kind = OpKind::kHeadNorm,
     .name = "head_norm",
     .help = "RMS norm of each q and k head of a packed [q|k|v] row",
     .inputs = kHeadNormIn,
     .outputs = kHeadNormOut,
     .attributes = kHeadNormAttrs,
     .constraints = kGrouped,
     .gradient = &head_norm},
    {.kind = OpKind::kRope,
     .name = "rope",
     .help = "rotary positions on the q and k heads of a packed [q|k|v] row",
     .inputs = kRopeIn,
     .outputs = kRopeOut,
     .attributes = kRopeAttrs,
     .in_place = kFirstOverFirst,
     .constraints = kGroupedEven,
     .gradient = &rope},
    {.kind = OpKind::kAttention,
     .name = "attention",
     .help = "packed attention; row t sees rows of its own sequence only",
     .inputs = kAttentionIn,
     .outputs = kAttentionOut,
     .attributes = kAttentionAttrs,
     .constraints = kGrouped,
     .gradient = &attention},
    {.kind = OpKind::kAttentionCached,
     .name = "attention_cached",
     .help = "decoding attention with a key/value cache",
     .inputs = kAttentionCachedIn,
     .outputs = kAttentionCachedOut,
     .attributes = kAttentionCachedAttrs,
     .constraints = kGroupedCached},
    {.kind = OpKind::kHeadNormGrad,
     .name = "head_norm_grad",
     .help = "gradient of head_norm",
     .inputs = kHeadNormGradIn,
     .outputs = kHeadNormGradOut,
     .attributes = kHeadNormAttrs,
     .in_place = kFirstOverFirst,
     .constraints = kGrouped},
    {.kind = OpKind::kAttentionGrad,
     .name = "attention_grad",
     .help = "gradient of attention",
     .inputs = kAttentionGradIn,
     .outputs = kDqkv,
     .attributes = kAttentionAttrs,
     .constraints = kGrouped},
});

}  // namespace

std::span<const OpInfo> attention_ops() { return kAttentionOps; }

}  // namespace raddle::graph
