// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/residual.h"

#include <array>
#include <utility>
#include <vector>

namespace raddle::models {

using graph::Init;
using graph::NamedAttribute;
using graph::OpKind;
using graph::TensorId;

namespace {

std::array<NamedAttribute, 4> site_attributes(const ModelConfig& model) {
  const VirtualWidth& v = model.virtual_width;
  return {{{"m", static_cast<double>(v.m)},
           {"n", static_cast<double>(v.n)},
           {"eps", model.norm_eps},
           {"dynamic", v.dynamic ? 1.0 : 0.0}}};
}

}  // namespace

Residual::Site Residual::make_site(const std::string& name) {
  const VirtualWidth& v = model_.virtual_width;
  const int64_t q = 2 * v.m + v.n, d = model_.slot_width();
  Site site;
  site.name = name;
  // The paper decays the dynamic part and not the static one; it leaves open which S is.
  site.c0 = b_.parameter(name + ".c0", {v.n, q}, Init::hyper_connection(v.m), false);
  if (!v.dynamic) return site;
  const Init scale = v.scale_init == 1 ? Init::ones() : Init::constant(v.scale_init);
  site.s = b_.parameter(name + ".s", {v.n, q}, scale, v.decay_scale);
  site.w = b_.parameter(name + ".w", {d, q}, Init::zeros(), true);
  site.norm_weight = b_.parameter(name + ".norm.weight", {d}, Init::ones(), false);
  return site;
}

TensorId Residual::read(const std::string& name) {
  if (!model_.virtual_width.enabled()) return state_;
  Site next = make_site(name);
  const auto attributes = site_attributes(model_);
  TensorId x;
  if (pending_.present()) {
    const std::array inputs = {state_,  pending_, site_.t, site_.c0,        site_.s,
                               next.c0, next.s,   next.w,  next.norm_weight};
    const auto out = b_.ops(OpKind::kHyperConnectionBoundary, inputs, attributes, name);
    state_ = out[0];
    x = out[1];
    next.t = out[2];
  } else {
    const std::array inputs = {state_, next.c0, next.s, next.w, next.norm_weight};
    const auto out = b_.ops(OpKind::kHyperConnectionRead, inputs, attributes, name);
    x = out[0];
    next.t = out[1];
  }
  site_ = std::move(next);
  pending_ = {};
  return x;
}

TensorId Residual::apply_write(TensorId z) {
  const std::array inputs = {state_, z, site_.t, site_.c0, site_.s};
  return b_.ops(OpKind::kHyperConnectionWrite, inputs, site_attributes(model_),
                site_.name + ".written")[0];
}

void Residual::write(TensorId z) {
  if (!model_.virtual_width.enabled()) {
    state_ = b_.op(OpKind::kAdd, {state_, z});
  } else if (model_.virtual_width.fused) {
    pending_ = z;
  } else {
    state_ = apply_write(z);
  }
}

TensorId Residual::finish() {
  if (pending_.present()) {
    state_ = apply_write(pending_);
    pending_ = {};
  }
  return state_;
}

}  // namespace raddle::models
