// SPDX-License-Identifier: Apache-2.0
// One set of tensors for all six virtual-width kernels, what the definition makes of it, and what a
// kernel makes of it.
#pragma once

#include "tests/support/hyper_connection_site.h"

namespace raddle::test {

// Upstream tensors are random and need not come from one another: every kernel is compared on its
// own. T is the type of state and activations.
template <class T>
struct HyperConnectionProblemOf {
  SiteShape shape;
  HyperConnectionSite<float> site, next;
  Values<T> h, z, dh_next, dx;
  Values<float> t, dc;

  explicit HyperConnectionProblemOf(const SiteShape& s, uint64_t stream = 100)
      : shape(s), site(random_site(s, stream)), next(random_site(s, stream + 10)) {
    h = convert<T>(random_floats(site.state_size(), stream + 20));
    z = convert<T>(random_floats(site.backbone_size(), stream + 21));
    dh_next = convert<T>(random_floats(site.state_size(), stream + 22));
    dx = convert<T>(random_floats(site.backbone_size(), stream + 23));
    dc = random_floats(site.dc_size(), stream + 24);
    t = random_floats(site.coefficient_size(), stream + 25);
    for (float& value : t) value = std::tanh(value);
  }
  float* t_or_null(Values<float>& values) const { return shape.dynamic ? values.data() : nullptr; }
  const float* t_or_null(const Values<float>& values) const {
    return shape.dynamic ? values.data() : nullptr;
  }
};

using HyperConnectionProblem = HyperConnectionProblemOf<float>;

template <class T>
struct HyperConnectionForwardOf {
  Values<T> h_next, x;
  Values<float> t;
  explicit HyperConnectionForwardOf(const HyperConnectionSite<float>& site)
      : h_next(static_cast<size_t>(site.state_size())),
        x(static_cast<size_t>(site.backbone_size())),
        t(static_cast<size_t>(site.coefficient_size())) {}
  bool operator==(const HyperConnectionForwardOf&) const = default;
};

using HyperConnectionForward = HyperConnectionForwardOf<float>;

template <class T>
struct HyperConnectionBackwardOf {
  Values<T> dh, dz;
  Values<float> dc;
  HyperConnectionParameterGradients<float> parameters;
  explicit HyperConnectionBackwardOf(const HyperConnectionSite<float>& site)
      : dh(static_cast<size_t>(site.state_size())),
        dz(static_cast<size_t>(site.backbone_size())),
        dc(static_cast<size_t>(site.dc_size())),
        parameters(site.shape) {}
  bool operator==(const HyperConnectionBackwardOf& other) const {
    return dh == other.dh && dz == other.dz && dc == other.dc &&
           parameters.dc0 == other.parameters.dc0 && parameters.ds == other.parameters.ds &&
           parameters.dw == other.parameters.dw &&
           parameters.dnorm_weight == other.parameters.dnorm_weight;
  }
};

using HyperConnectionBackward = HyperConnectionBackwardOf<float>;

template <class T>
kernels::HyperConnectionReadArgsOf<T> read_args(const HyperConnectionProblemOf<T>& p,
                                                HyperConnectionForwardOf<T>& out) {
  return {p.shape, p.site.parameters(), p.h.data(), out.x.data(), p.t_or_null(out.t)};
}
template <class T>
kernels::HyperConnectionWriteArgsOf<T> write_args(const HyperConnectionProblemOf<T>& p,
                                                  HyperConnectionForwardOf<T>& out) {
  return {p.shape,    p.site.parameters(), p.h.data(),
          p.z.data(), p.t_or_null(p.t),    out.h_next.data()};
}
template <class T>
kernels::HyperConnectionBoundaryArgsOf<T> boundary_args(const HyperConnectionProblemOf<T>& p,
                                                        HyperConnectionForwardOf<T>& out) {
  return {p.shape,          p.site.parameters(), p.next.parameters(), p.h.data(),        p.z.data(),
          p.t_or_null(p.t), out.h_next.data(),   out.x.data(),        p.t_or_null(out.t)};
}
template <class T>
kernels::HyperConnectionWriteGradArgsOf<T> write_grad_args(const HyperConnectionProblemOf<T>& p,
                                                           HyperConnectionBackwardOf<T>& out) {
  return {p.shape,          p.site.parameters(), p.dh_next.data(), p.h.data(),   p.z.data(),
          p.t_or_null(p.t), out.dh.data(),       out.dz.data(),    out.dc.data()};
}
template <class T>
kernels::HyperConnectionReadGradArgsOf<T> read_grad_args(const HyperConnectionProblemOf<T>& p,
                                                         HyperConnectionBackwardOf<T>& out,
                                                         bool accumulate = false) {
  return {p.shape,     p.site.parameters(), out.parameters.gradients(p.shape.dynamic, accumulate),
          p.dx.data(), p.dc.data(),         p.dh_next.data(),
          p.h.data(),  p.t_or_null(p.t),    out.dh.data()};
}
// The read of `site` (gradients of its parameters) and the write of `next` before it, whose state
// is taken to be `h_before`.
template <class T>
kernels::HyperConnectionBoundaryGradArgsOf<T> boundary_grad_args(
    const HyperConnectionProblemOf<T>& p, const Values<T>& h_before, const Values<float>& t_before,
    HyperConnectionBackwardOf<T>& out) {
  return {p.shape,         p.site.parameters(), out.parameters.gradients(p.shape.dynamic),
          p.dx.data(),     p.dc.data(),         p.dh_next.data(),
          p.h.data(),      p.t_or_null(p.t),    p.next.parameters(),
          h_before.data(), p.z.data(),          p.t_or_null(t_before),
          out.dh.data(),   out.dz.data(),       out.dc.data()};
}

}  // namespace raddle::test
