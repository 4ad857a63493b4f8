// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/gradient_rules.h"

#include <array>

namespace raddle::graph {
namespace {

// One forward node with the shorthand that every rule uses.
class Rule {
 public:
  Rule(size_t index, GradientContext& context)
      : index_(index), node_(context.forward().nodes()[index]), context_(context) {}

  const Node& node() const { return node_; }
  GradientContext& context() { return context_; }
  TensorId in(size_t i) const { return node_.inputs[i]; }
  TensorId out(size_t i) const { return node_.outputs[i]; }
  TensorId saved_in(size_t i) { return in(i).present() ? context_.saved(in(i)) : TensorId{}; }
  TensorId saved_out(size_t i) { return context_.saved(out(i)); }
  TensorId dy(size_t i = 0) const { return context_.gradient(out(i)); }
  const Shape& shape(TensorId id) const { return context_.forward().tensor(id).shape; }

  // Index of the parameter behind input i; -1 if it is absent or frozen. Weights that are not
  // parameters have no gradient rule.
  StatusOr<int32_t> parameter(size_t i) const {
    if (!in(i).present()) return int32_t{-1};
    const Tensor& tensor = context_.forward().tensor(in(i));
    if (tensor.kind == TensorKind::kParameter) {
      return context_.is_frozen(tensor.parameter) ? -1 : tensor.parameter;
    }
    return unimplemented(
        "node {} ({}): {} is {}, which is no parameter; only parameters can be "
        "trained in this place",
        index_, op_info(node_.op).name, op_info(node_.op).inputs[i].name, tensor.name);
  }
  Status refuse(std::string_view why) const {
    return unimplemented("node {} ({}) has no gradient: {}", index_, op_info(node_.op).name, why);
  }

  // The forward node's attributes under the names of the backward op, which shares them.
  std::vector<NamedAttribute> attributes() const {
    std::vector<NamedAttribute> out;
    const auto specs = op_info(node_.op).attributes;
    for (size_t i = 0; i < specs.size(); ++i) out.emplace_back(specs[i].name, node_.attributes[i]);
    return out;
  }
  std::vector<TensorId> emit(OpKind op, std::initializer_list<TensorId> inputs,
                             std::span<const NamedAttribute> attributes = {},
                             std::span<const int32_t> gradient_parameters = {}) {
    return context_.builder().add(
        {op, {inputs.begin(), inputs.size()}, attributes, gradient_parameters, {}, {}, {}});
  }
  void pass(size_t input, TensorId gradient) {
    if (context_.requires_gradient(in(input))) context_.accumulate(in(input), gradient);
  }

 private:
  size_t index_;
  const Node& node_;
  GradientContext& context_;
};

Status embedding(Rule& r) {
  RADDLE_ASSIGN_OR_RETURN(const int32_t table, r.parameter(0));
  r.emit(OpKind::kEmbeddingGrad, {r.dy(), r.in(1)}, {}, std::array{table});
  return Status::ok();
}

Status linear(Rule& r) {
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

Status layer_norm(Rule& r) {
  RADDLE_ASSIGN_OR_RETURN(const int32_t weight, r.parameter(1));
  RADDLE_ASSIGN_OR_RETURN(const int32_t bias, r.parameter(2));
  if (!r.in(1).present() && bias >= 0) return r.refuse("a bias without a weight");
  r.pass(0, r.emit(OpKind::kLayerNormGrad, {r.dy(), r.saved_in(0), r.in(1), r.saved_out(1)},
                   r.attributes(), std::array{weight, bias})[0]);
  return Status::ok();
}

Status rms_norm(Rule& r) {
  RADDLE_ASSIGN_OR_RETURN(const int32_t weight, r.parameter(1));
  r.pass(0, r.emit(OpKind::kRmsNormGrad, {r.dy(), r.saved_in(0), r.in(1), r.saved_out(1)},
                   r.attributes(), std::array{weight})[0]);
  return Status::ok();
}

Status head_norm(Rule& r) {
  RADDLE_ASSIGN_OR_RETURN(const int32_t q_weight, r.parameter(1));
  RADDLE_ASSIGN_OR_RETURN(const int32_t k_weight, r.parameter(2));
  r.pass(0, r.emit(OpKind::kHeadNormGrad, {r.dy(), r.saved_in(0), r.in(1), r.in(2), r.saved_out(1)},
                   r.attributes(), std::array{q_weight, k_weight})[0]);
  return Status::ok();
}

Status rope(Rule& r) {
  std::vector<NamedAttribute> attributes = r.attributes();
  for (auto& [name, value] : attributes) {
    if (name == "inverse") value = 1 - value;
  }
  r.pass(0, r.emit(OpKind::kRope, {r.dy(), r.in(1)}, attributes)[0]);
  return Status::ok();
}

Status attention(Rule& r) {
  r.pass(0, r.emit(OpKind::kAttentionGrad,
                   {r.dy(), r.saved_in(0), r.saved_out(0), r.saved_out(1), r.in(1)},
                   r.attributes())[0]);
  return Status::ok();
}

Status add(Rule& r) {
  const double scale = r.node().attribute("scale");
  const TensorId dy = r.dy();
  if (r.context().requires_gradient(r.in(1))) {
    const NamedAttribute by = {"scale", scale};
    r.pass(1, scale == 1 ? dy : r.emit(OpKind::kScale, {dy}, std::span(&by, 1))[0]);
  }
  r.pass(0, dy);
  return Status::ok();
}

Status concat(Rule& r) {
  const NamedAttribute a_width = {"a_width", static_cast<double>(r.shape(r.in(0)).last())};
  const auto parts = r.emit(OpKind::kSplit, {r.dy()}, std::span(&a_width, 1));
  r.pass(0, parts[0]);
  r.pass(1, parts[1]);
  return Status::ok();
}

Status split(Rule& r) {
  if (!r.dy(0).present() || !r.dy(1).present()) return r.refuse("only one half is used");
  r.pass(0, r.emit(OpKind::kConcat, {r.dy(0), r.dy(1)})[0]);
  return Status::ok();
}

Status reshape(Rule& r) {
  const Shape& from = r.shape(r.in(0));
  if (from.rank() != 2) return r.refuse("only tensors of two dimensions can be reshaped back");
  const std::array<NamedAttribute, 2> attributes = {
      {{"rows", static_cast<double>(from[0])}, {"width", static_cast<double>(from[1])}}};
  r.pass(0, r.emit(OpKind::kReshape, {r.dy()}, attributes)[0]);
  return Status::ok();
}

// Each is the other's gradient, divided by the same number of copies.
Status tile_or_fold(Rule& r, OpKind gradient) {
  const std::array<NamedAttribute, 2> attributes = {
      {{"width", static_cast<double>(r.shape(r.in(0)).last())},
       {"mean", r.node().attribute("mean")}}};
  r.pass(0, r.emit(gradient, {r.dy()}, attributes)[0]);
  return Status::ok();
}

// Virtual width. The gradient that is kept for `t` is that of the site's coefficients (carry and
// write columns): a write makes it, the read that made t finishes the chain (hyper_connection.h).

// The site that made `t` must be the one whose coefficients the write uses.
Status check_same_site(Rule& r, TensorId t, size_t c0) {
  const Graph& graph = r.context().forward();
  const int32_t producer = graph.tensor(t).producer;
  const Node* read = producer >= 0 ? &graph.nodes()[static_cast<size_t>(producer)] : nullptr;
  const size_t read_c0 = read != nullptr && read->op == OpKind::kGhcBoundary ? 5 : 1;
  const bool is_read = read != nullptr && (read->op == OpKind::kGhcRead || read_c0 == 5);
  if (is_read && read->inputs[read_c0] == r.in(c0) && read->inputs[read_c0 + 1] == r.in(c0 + 1)) {
    return Status::ok();
  }
  return r.refuse("its c0 and s are not those of the read that made its t");
}

Status pass_coefficients(Rule& r, TensorId t, TensorId dc) {
  if (r.context().gradient(t).present()) return r.refuse("its t is written back twice");
  r.context().replace(t, dc);
  return Status::ok();
}

StatusOr<std::array<int32_t, 4>> site_parameters(Rule& r, size_t c0) {
  std::array<int32_t, 4> out;
  for (size_t i = 0; i < 4; ++i) {
    RADDLE_ASSIGN_OR_RETURN(out[i], r.parameter(c0 + i));
  }
  return out;
}

Status ghc_write(Rule& r) {
  RADDLE_RETURN_IF_ERROR(check_same_site(r, r.in(2), 3));
  const auto out = r.emit(OpKind::kGhcWriteGrad,
                          {r.dy(), r.saved_in(0), r.saved_in(1), r.saved_in(2), r.in(3), r.in(4)},
                          r.attributes());
  r.pass(0, out[0]);
  r.pass(1, out[1]);
  return pass_coefficients(r, r.in(2), out[2]);
}

Status ghc_read(Rule& r) {
  const TensorId dx = r.dy(0), dc = r.dy(1), dh_in = r.context().gradient(r.in(0));
  if (!dx.present() || !dc.present() || !dh_in.present()) {
    return r.refuse("what it reads must be used and written back to the same state");
  }
  RADDLE_ASSIGN_OR_RETURN(const auto parameters, site_parameters(r, 1));
  const auto out =
      r.emit(OpKind::kGhcReadGrad,
             {dx, dc, dh_in, r.saved_in(0), r.saved_out(1), r.in(1), r.in(2), r.in(3), r.in(4)},
             r.attributes(), parameters);
  r.context().replace(r.in(0), out[0]);
  return Status::ok();
}

Status ghc_boundary(Rule& r) {
  RADDLE_RETURN_IF_ERROR(check_same_site(r, r.in(2), 3));
  const TensorId dh_next = r.dy(0), dx_next = r.dy(1), dc_next = r.dy(2);
  if (!dh_next.present() || !dx_next.present() || !dc_next.present()) {
    return r.refuse("what it reads must be used and written back to the same state");
  }
  RADDLE_ASSIGN_OR_RETURN(const auto parameters, site_parameters(r, 5));
  const auto out =
      r.emit(OpKind::kGhcBoundaryGrad,
             {dx_next, dc_next, dh_next, r.saved_out(0), r.saved_out(2), r.in(5), r.in(6), r.in(7),
              r.in(8), r.saved_in(0), r.saved_in(1), r.saved_in(2), r.in(3), r.in(4)},
             r.attributes(), parameters);
  r.pass(0, out[0]);
  r.pass(1, out[1]);
  return pass_coefficients(r, r.in(2), out[2]);
}

}  // namespace

Status add_gradient_nodes(size_t index, GradientContext& context) {
  Rule r(index, context);
  switch (r.node().op) {
    case OpKind::kEmbedding:
      return embedding(r);
    case OpKind::kLinear:
      return linear(r);
    case OpKind::kLayerNorm:
      return layer_norm(r);
    case OpKind::kRmsNorm:
      return rms_norm(r);
    case OpKind::kHeadNorm:
      return head_norm(r);
    case OpKind::kRope:
      return rope(r);
    case OpKind::kAttention:
      return attention(r);
    case OpKind::kGelu:
      r.pass(0, r.emit(OpKind::kGeluGrad, {r.dy(), r.saved_in(0)})[0]);
      break;
    case OpKind::kSwiglu:
      r.pass(0, r.emit(OpKind::kSwigluGrad, {r.dy(), r.saved_in(0)})[0]);
      break;
    case OpKind::kAdd:
      return add(r);
    case OpKind::kScale:
      r.pass(0, r.emit(OpKind::kScale, {r.dy()}, r.attributes())[0]);
      break;
    case OpKind::kConcat:
      return concat(r);
    case OpKind::kSplit:
      return split(r);
    case OpKind::kReshape:
      return reshape(r);
    case OpKind::kTile:
      return tile_or_fold(r, OpKind::kFold);
    case OpKind::kFold:
      return tile_or_fold(r, OpKind::kTile);
    case OpKind::kGhcRead:
      return ghc_read(r);
    case OpKind::kGhcWrite:
      return ghc_write(r);
    case OpKind::kGhcBoundary:
      return ghc_boundary(r);
    case OpKind::kLinearCrossEntropy:
      return r.refuse("its result may only be a loss, not the input of another node");
    default:
      return r.refuse("the op is for running only");
  }
  return Status::ok();
}

}  // namespace raddle::graph
