// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/shape_inference.h"

namespace raddle::graph {
namespace {

// What one op's rule sees. Rows are everything but the last dimension.
class Rule {
 public:
  Rule(OpKind op, std::span<const Tensor* const> inputs, std::span<const double> attributes,
       std::vector<InferredOutput>* outputs)
      : info_(op_info(op)), inputs_(inputs), attributes_(attributes), outputs_(outputs) {}

  bool has(size_t input) const { return inputs_[input] != nullptr; }
  const Shape& shape(size_t input) const { return inputs_[input]->shape; }
  int64_t rows(size_t input) const { return shape(input).rows(); }
  int64_t width(size_t input) const { return shape(input).last(); }
  int64_t attribute(std::string_view name) const {
    return static_cast<int64_t>(attributes_[attribute_index(info_.kind, name)]);
  }
  double real(std::string_view name) const {
    return attributes_[attribute_index(info_.kind, name)];
  }

  Status expect_shape(size_t input, const Shape& expected) const {
    if (!has(input) || shape(input) == expected) return Status::ok();
    return invalid_argument("{} ({}) has shape {}, expected {}", info_.inputs[input].name,
                            inputs_[input]->name, shape(input).to_string(), expected.to_string());
  }
  Status expect_rank(size_t input, int rank) const {
    if (shape(input).rank() == rank) return Status::ok();
    return invalid_argument("{} ({}) has shape {}, expected {} dimensions",
                            info_.inputs[input].name, inputs_[input]->name,
                            shape(input).to_string(), rank);
  }
  Status expect_width(size_t input, int64_t expected) const {
    if (width(input) == expected) return Status::ok();
    return invalid_argument("{} ({}) has {} columns, expected {}", info_.inputs[input].name,
                            inputs_[input]->name, width(input), expected);
  }
  Status expect_dtype(size_t input, DType dtype) const {
    if (!has(input) || inputs_[input]->dtype == dtype) return Status::ok();
    return invalid_argument("{} ({}) is {}, expected {}", info_.inputs[input].name,
                            inputs_[input]->name, dtype_name(inputs_[input]->dtype),
                            dtype_name(dtype));
  }
  Status expect_positive(std::initializer_list<std::string_view> names) const {
    for (std::string_view name : names) {
      if (!(real(name) > 0)) {
        return invalid_argument("attribute {} is {}, expected a positive number", name, real(name));
      }
    }
    return Status::ok();
  }
  void output(const Shape& shape, bool present = true) {
    outputs_->push_back({DType::kF32, shape, present});
  }
  // A gradient: its shape is that of the parameter it belongs to.
  void gradient(bool present = true) { output({}, present); }

 private:
  const OpInfo& info_;
  std::span<const Tensor* const> inputs_;
  std::span<const double> attributes_;
  std::vector<InferredOutput>* outputs_;
};

Status check_dtypes(OpKind op, const Rule& rule, size_t inputs) {
  for (size_t i = 0; i < inputs; ++i) {
    const std::string_view name = op_info(op).inputs[i].name;
    const bool integer = name == "ids" || name == "positions" || name == "cu_seqlens" ||
                         name == "targets" || name == "cache_rows";
    RADDLE_RETURN_IF_ERROR(rule.expect_dtype(i, integer ? DType::kI32 : DType::kF32));
  }
  return Status::ok();
}

Status embedding(Rule& r) {
  RADDLE_RETURN_IF_ERROR(r.expect_rank(0, 2));
  RADDLE_RETURN_IF_ERROR(r.expect_rank(1, 1));
  r.output({r.shape(1)[0], r.width(0)});
  return Status::ok();
}

Status linear(Rule& r) {
  RADDLE_RETURN_IF_ERROR(r.expect_rank(0, 2));
  RADDLE_RETURN_IF_ERROR(r.expect_rank(1, 2));
  RADDLE_RETURN_IF_ERROR(r.expect_width(1, r.width(0)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(2, {r.shape(1)[0]}));
  r.output({r.rows(0), r.shape(1)[0]});
  return Status::ok();
}

Status norm(Rule& r, int stats_per_row, bool bias) {
  RADDLE_RETURN_IF_ERROR(r.expect_rank(0, 2));
  RADDLE_RETURN_IF_ERROR(r.expect_positive({"eps"}));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(1, {r.width(0)}));
  if (bias) RADDLE_RETURN_IF_ERROR(r.expect_shape(2, {r.width(0)}));
  r.output(r.shape(0));
  r.output({r.rows(0), stats_per_row});
  return Status::ok();
}

Status norm_grad(Rule& r, int stats_per_row, bool bias) {
  RADDLE_RETURN_IF_ERROR(r.expect_rank(1, 2));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(0, r.shape(1)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(2, {r.width(1)}));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(3, {r.rows(1), stats_per_row}));
  r.output(r.shape(1));
  r.gradient(r.has(2));
  if (bias) r.gradient(r.has(2));
  return Status::ok();
}

Status packed_heads(Rule& r, size_t input) {
  RADDLE_RETURN_IF_ERROR(r.expect_positive({"heads", "kv_heads", "head_dim"}));
  RADDLE_RETURN_IF_ERROR(r.expect_rank(input, 2));
  const int64_t heads = r.attribute("heads"), kv_heads = r.attribute("kv_heads");
  if (heads % kv_heads != 0) {
    return invalid_argument("heads {} is not a multiple of kv_heads {}", heads, kv_heads);
  }
  return r.expect_width(input, (heads + 2 * kv_heads) * r.attribute("head_dim"));
}

Status head_norm(Rule& r, bool gradient) {
  const size_t x = gradient ? 1 : 0;
  RADDLE_RETURN_IF_ERROR(packed_heads(r, x));
  RADDLE_RETURN_IF_ERROR(r.expect_positive({"eps"}));
  const Shape weight = {r.attribute("head_dim")};
  RADDLE_RETURN_IF_ERROR(r.expect_shape(x + 1, weight));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(x + 2, weight));
  r.output(r.shape(x));
  const Shape rstd = {r.rows(x), r.attribute("heads") + r.attribute("kv_heads")};
  if (!gradient) {
    r.output(rstd);
    return Status::ok();
  }
  RADDLE_RETURN_IF_ERROR(r.expect_shape(0, r.shape(1)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(4, rstd));
  r.gradient();
  r.gradient();
  return Status::ok();
}

Status rope(Rule& r) {
  RADDLE_RETURN_IF_ERROR(packed_heads(r, 0));
  RADDLE_RETURN_IF_ERROR(r.expect_positive({"theta"}));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(1, {r.rows(0)}));
  if (r.attribute("head_dim") % 2 != 0) {
    return invalid_argument("head_dim is {}, rotary positions need an even number",
                            r.attribute("head_dim"));
  }
  r.output(r.shape(0));
  return Status::ok();
}

Status attention(Rule& r) {
  RADDLE_RETURN_IF_ERROR(packed_heads(r, 0));
  RADDLE_RETURN_IF_ERROR(r.expect_positive({"scale"}));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(1, {r.rows(0) + 1}));
  r.output({r.rows(0), r.attribute("heads") * r.attribute("head_dim")});
  r.output({r.rows(0), r.attribute("heads")});
  return Status::ok();
}

Status attention_grad(Rule& r) {
  RADDLE_RETURN_IF_ERROR(packed_heads(r, 1));
  const Shape out = {r.rows(1), r.attribute("heads") * r.attribute("head_dim")};
  RADDLE_RETURN_IF_ERROR(r.expect_shape(0, out));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(2, out));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(3, {r.rows(1), r.attribute("heads")}));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(4, {r.rows(1) + 1}));
  r.output(r.shape(1));
  return Status::ok();
}

Status attention_cached(Rule& r) {
  RADDLE_RETURN_IF_ERROR(packed_heads(r, 0));
  RADDLE_RETURN_IF_ERROR(r.expect_positive({"scale"}));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(1, {1}));
  const int64_t kv_width = r.attribute("kv_heads") * r.attribute("head_dim");
  RADDLE_RETURN_IF_ERROR(r.expect_rank(2, 2));
  RADDLE_RETURN_IF_ERROR(r.expect_width(2, kv_width));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(3, r.shape(2)));
  r.output({r.rows(0), r.attribute("heads") * r.attribute("head_dim")});
  return Status::ok();
}

Status swiglu(Rule& r) {
  RADDLE_RETURN_IF_ERROR(r.expect_rank(0, 2));
  if (r.width(0) % 2 != 0) {
    return invalid_argument("x has {} columns, expected an even number [gate | up]", r.width(0));
  }
  r.output({r.rows(0), r.width(0) / 2});
  return Status::ok();
}

Status concat(Rule& r) {
  RADDLE_RETURN_IF_ERROR(r.expect_rank(0, 2));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(1, {r.rows(0), r.width(1)}));
  r.output({r.rows(0), r.width(0) + r.width(1)});
  return Status::ok();
}

Status split(Rule& r) {
  RADDLE_RETURN_IF_ERROR(r.expect_rank(0, 2));
  RADDLE_RETURN_IF_ERROR(r.expect_positive({"a_width"}));
  const int64_t a_width = r.attribute("a_width");
  if (a_width >= r.width(0)) {
    return invalid_argument("a_width {} leaves nothing of {} columns", a_width, r.width(0));
  }
  r.output({r.rows(0), a_width});
  r.output({r.rows(0), r.width(0) - a_width});
  return Status::ok();
}

Status reshape(Rule& r) {
  const int64_t rows = r.attribute("rows"), width = r.attribute("width");
  const int64_t elements = r.shape(0).elements();
  if (rows <= 0 || width <= 0 || elements / rows != width || elements % rows != 0) {
    return invalid_argument("cannot reshape {} to ({}, {})", r.shape(0).to_string(), rows, width);
  }
  r.output({rows, width});
  return Status::ok();
}

Status linear_cross_entropy(Rule& r, bool train) {
  RADDLE_RETURN_IF_ERROR(r.expect_rank(0, 2));
  RADDLE_RETURN_IF_ERROR(r.expect_rank(1, 2));
  RADDLE_RETURN_IF_ERROR(r.expect_width(1, r.width(0)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(2, {r.rows(0)}));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(3, {r.rows(0)}));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(4, {1}));
  r.output({1});
  if (!train) return Status::ok();
  r.output(r.shape(0));
  r.gradient();
  return Status::ok();
}

// Sizes of a virtual-width site, checked against the state h and the site's parameters.
struct Site {
  int64_t m, n, d, q, rows;
  bool dynamic;
};

Status site_of(const Rule& r, size_t h, Site* site) {
  RADDLE_RETURN_IF_ERROR(r.expect_positive({"m", "n", "eps"}));
  RADDLE_RETURN_IF_ERROR(r.expect_rank(h, 2));
  site->m = r.attribute("m");
  site->n = r.attribute("n");
  site->dynamic = r.attribute("dynamic") != 0;
  if (site->n < site->m) {
    return invalid_argument("n is {}, expected at least m = {} slots", site->n, site->m);
  }
  if (r.width(h) % site->n != 0) {
    return invalid_argument("the state has {} columns, expected a multiple of n = {}", r.width(h),
                            site->n);
  }
  site->d = r.width(h) / site->n;
  site->q = 2 * site->m + site->n;
  site->rows = r.rows(h);
  return Status::ok();
}

Status check_site_parameters(const Rule& r, const Site& site, size_t c0, bool generator) {
  RADDLE_RETURN_IF_ERROR(r.expect_shape(c0, {site.n, site.q}));
  const size_t last = generator ? c0 + 3 : c0 + 1;
  for (size_t i = c0 + 1; i <= last; ++i) {
    if (r.has(i) != site.dynamic) {
      return invalid_argument("a {} site must {} s{}", site.dynamic ? "dynamic" : "static",
                              site.dynamic ? "have" : "not have",
                              generator ? ", w and norm_weight" : "");
    }
  }
  RADDLE_RETURN_IF_ERROR(r.expect_shape(c0 + 1, {site.n, site.q}));
  if (!generator) return Status::ok();
  RADDLE_RETURN_IF_ERROR(r.expect_shape(c0 + 2, {site.d, site.q}));
  return r.expect_shape(c0 + 3, {site.d});
}

// t links a read to its write. A static site has no dynamic part: t is empty, the link stays.
Shape t_shape(const Site& s) { return {s.rows, s.dynamic ? s.n * s.q : 0}; }
Shape h_shape(const Site& s) { return {s.rows, s.n * s.d}; }
Shape x_shape(const Site& s) { return {s.rows, s.m * s.d}; }
Shape dc_shape(const Site& s) { return {s.rows, s.n * (s.n + s.m)}; }

void site_gradients(Rule& r, const Site& site) {
  r.gradient();
  for (int i = 0; i < 3; ++i) r.gradient(site.dynamic);
}

Status ghc_read(Rule& r) {
  Site site;
  RADDLE_RETURN_IF_ERROR(site_of(r, 0, &site));
  RADDLE_RETURN_IF_ERROR(check_site_parameters(r, site, 1, true));
  r.output(x_shape(site));
  r.output(t_shape(site));
  return Status::ok();
}

Status ghc_write(Rule& r) {
  Site site;
  RADDLE_RETURN_IF_ERROR(site_of(r, 0, &site));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(1, x_shape(site)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(2, t_shape(site)));
  RADDLE_RETURN_IF_ERROR(check_site_parameters(r, site, 3, false));
  r.output(h_shape(site));
  return Status::ok();
}

Status ghc_boundary(Rule& r) {
  Site site;
  RADDLE_RETURN_IF_ERROR(site_of(r, 0, &site));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(1, x_shape(site)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(2, t_shape(site)));
  RADDLE_RETURN_IF_ERROR(check_site_parameters(r, site, 3, false));
  RADDLE_RETURN_IF_ERROR(check_site_parameters(r, site, 5, true));
  r.output(h_shape(site));
  r.output(x_shape(site));
  r.output(t_shape(site));
  return Status::ok();
}

Status ghc_write_grad(Rule& r) {
  Site site;
  RADDLE_RETURN_IF_ERROR(site_of(r, 1, &site));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(0, h_shape(site)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(2, x_shape(site)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(3, t_shape(site)));
  RADDLE_RETURN_IF_ERROR(check_site_parameters(r, site, 4, false));
  r.output(h_shape(site));
  r.output(x_shape(site));
  r.output(dc_shape(site));
  return Status::ok();
}

Status ghc_read_grad(Rule& r) {
  Site site;
  RADDLE_RETURN_IF_ERROR(site_of(r, 3, &site));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(0, x_shape(site)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(1, dc_shape(site)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(2, h_shape(site)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(4, t_shape(site)));
  RADDLE_RETURN_IF_ERROR(check_site_parameters(r, site, 5, true));
  r.output(h_shape(site));
  site_gradients(r, site);
  return Status::ok();
}

Status ghc_boundary_grad(Rule& r) {
  Site site;
  RADDLE_RETURN_IF_ERROR(site_of(r, 3, &site));
  const Shape expected[] = {x_shape(site), dc_shape(site), h_shape(site), h_shape(site),
                            t_shape(site)};
  for (size_t i = 0; i < std::size(expected); ++i) {
    RADDLE_RETURN_IF_ERROR(r.expect_shape(i, expected[i]));
  }
  RADDLE_RETURN_IF_ERROR(check_site_parameters(r, site, 5, true));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(9, h_shape(site)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(10, x_shape(site)));
  RADDLE_RETURN_IF_ERROR(r.expect_shape(11, t_shape(site)));
  RADDLE_RETURN_IF_ERROR(check_site_parameters(r, site, 12, false));
  r.output(h_shape(site));
  r.output(x_shape(site));
  r.output(dc_shape(site));
  site_gradients(r, site);
  return Status::ok();
}

Status same_as_first(Rule& r, bool second_too) {
  if (second_too) RADDLE_RETURN_IF_ERROR(r.expect_shape(1, r.shape(0)));
  r.output(r.shape(0));
  return Status::ok();
}

Status infer_forward(OpKind op, Rule& r) {
  switch (op) {
    case OpKind::kEmbedding:
      return embedding(r);
    case OpKind::kLinear:
      return linear(r);
    case OpKind::kLayerNorm:
      return norm(r, 2, true);
    case OpKind::kRmsNorm:
      return norm(r, 1, false);
    case OpKind::kHeadNorm:
      return head_norm(r, false);
    case OpKind::kRope:
      return rope(r);
    case OpKind::kAttention:
      return attention(r);
    case OpKind::kAttentionCached:
      return attention_cached(r);
    case OpKind::kGelu:
    case OpKind::kScale:
      return same_as_first(r, false);
    case OpKind::kAdd:
    case OpKind::kGeluGrad:
      return same_as_first(r, true);
    case OpKind::kSwiglu:
      return swiglu(r);
    case OpKind::kConcat:
      return concat(r);
    case OpKind::kReshape:
      return reshape(r);
    case OpKind::kLinearCrossEntropy:
      return linear_cross_entropy(r, false);
    case OpKind::kLinearCrossEntropyTrain:
      return linear_cross_entropy(r, true);
    case OpKind::kGhcRead:
      return ghc_read(r);
    case OpKind::kGhcWrite:
      return ghc_write(r);
    case OpKind::kGhcBoundary:
      return ghc_boundary(r);
    default:
      break;
  }
  return internal_error("op {} has no shape rule", static_cast<int>(op));
}

// Ops that differentiation makes.
Status infer_backward(OpKind op, Rule& r) {
  switch (op) {
    case OpKind::kLinearCrossEntropyTrain:
      return linear_cross_entropy(r, true);
    case OpKind::kEmbeddingGrad:
      RADDLE_RETURN_IF_ERROR(r.expect_shape(1, {r.rows(0)}));
      r.gradient();
      return Status::ok();
    case OpKind::kLinearGradInput:
      RADDLE_RETURN_IF_ERROR(r.expect_rank(1, 2));
      RADDLE_RETURN_IF_ERROR(r.expect_width(0, r.shape(1)[0]));
      r.output({r.rows(0), r.width(1)});
      return Status::ok();
    case OpKind::kLinearGradWeight:
      RADDLE_RETURN_IF_ERROR(r.expect_shape(1, {r.rows(0), r.width(1)}));
      r.gradient();
      return Status::ok();
    case OpKind::kLinearGradBias:
      r.gradient();
      return Status::ok();
    case OpKind::kLayerNormGrad:
      return norm_grad(r, 2, true);
    case OpKind::kRmsNormGrad:
      return norm_grad(r, 1, false);
    case OpKind::kHeadNormGrad:
      return head_norm(r, true);
    case OpKind::kAttentionGrad:
      return attention_grad(r);
    case OpKind::kSwigluGrad:
      RADDLE_RETURN_IF_ERROR(r.expect_shape(0, {r.rows(1), r.width(1) / 2}));
      r.output(r.shape(1));
      return Status::ok();
    case OpKind::kSplit:
      return split(r);
    case OpKind::kGhcReadGrad:
      return ghc_read_grad(r);
    case OpKind::kGhcWriteGrad:
      return ghc_write_grad(r);
    case OpKind::kGhcBoundaryGrad:
      return ghc_boundary_grad(r);
    default:
      return infer_forward(op, r);
  }
}

}  // namespace

Status infer_outputs(OpKind op, std::span<const Tensor* const> inputs,
                     std::span<const double> attributes, std::vector<InferredOutput>* outputs) {
  outputs->clear();
  Rule rule(op, inputs, attributes, outputs);
  RADDLE_RETURN_IF_ERROR(check_dtypes(op, rule, inputs.size()));
  RADDLE_RETURN_IF_ERROR(infer_backward(op, rule));
  RADDLE_ASSERT(outputs->size() == op_info(op).outputs.size());
  return Status::ok();
}

}  // namespace raddle::graph
