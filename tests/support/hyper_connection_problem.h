// SPDX-License-Identifier: Apache-2.0
// One set of tensors for all six virtual-width kernels, what the definition makes of it, and what a
// kernel makes of it.
#pragma once

#include "tests/support/hyper_connection_site.h"

namespace raddle::test {

// Upstream tensors are random and need not come from one another: every kernel is compared on its
// own.
struct HyperConnectionProblem {
  SiteShape shape;
  HyperConnectionSite<float> site, next;
  Values<float> h, z, t, dh_next, dx, dc;

  explicit HyperConnectionProblem(const SiteShape& s, uint64_t stream = 100)
      : shape(s), site(random_site(s, stream)), next(random_site(s, stream + 10)) {
    h = random_floats(site.state_size(), stream + 20);
    z = random_floats(site.backbone_size(), stream + 21);
    dh_next = random_floats(site.state_size(), stream + 22);
    dx = random_floats(site.backbone_size(), stream + 23);
    dc = random_floats(site.dc_size(), stream + 24);
    t = random_floats(site.coefficient_size(), stream + 25);
    for (float& value : t) value = std::tanh(value);
  }
  template <class T>
  T* t_or_null(Values<T>& values) const {
    return shape.dynamic ? values.data() : nullptr;
  }
  const float* t_or_null(const Values<float>& values) const {
    return shape.dynamic ? values.data() : nullptr;
  }
};

struct HyperConnectionForward {
  Values<float> h_next, x, t;
  explicit HyperConnectionForward(const HyperConnectionSite<float>& site)
      : h_next(static_cast<size_t>(site.state_size())),
        x(static_cast<size_t>(site.backbone_size())),
        t(static_cast<size_t>(site.coefficient_size())) {}
  bool operator==(const HyperConnectionForward&) const = default;
};

struct HyperConnectionBackward {
  Values<float> dh, dz, dc;
  HyperConnectionParameterGradients<float> parameters;
  explicit HyperConnectionBackward(const HyperConnectionSite<float>& site)
      : dh(static_cast<size_t>(site.state_size())),
        dz(static_cast<size_t>(site.backbone_size())),
        dc(static_cast<size_t>(site.dc_size())),
        parameters(site.shape) {}
  bool operator==(const HyperConnectionBackward& other) const {
    return dh == other.dh && dz == other.dz && dc == other.dc &&
           parameters.dc0 == other.parameters.dc0 && parameters.ds == other.parameters.ds &&
           parameters.dw == other.parameters.dw &&
           parameters.dnorm_weight == other.parameters.dnorm_weight;
  }
};

inline kernels::HyperConnectionReadArgs read_args(const HyperConnectionProblem& p,
                                                  HyperConnectionForward& out) {
  return {p.shape, p.site.parameters(), p.h.data(), out.x.data(), p.t_or_null(out.t)};
}
inline kernels::HyperConnectionWriteArgs write_args(const HyperConnectionProblem& p,
                                                    HyperConnectionForward& out) {
  return {p.shape,    p.site.parameters(), p.h.data(),
          p.z.data(), p.t_or_null(p.t),    out.h_next.data()};
}
inline kernels::HyperConnectionBoundaryArgs boundary_args(const HyperConnectionProblem& p,
                                                          HyperConnectionForward& out) {
  return {p.shape,          p.site.parameters(), p.next.parameters(), p.h.data(),        p.z.data(),
          p.t_or_null(p.t), out.h_next.data(),   out.x.data(),        p.t_or_null(out.t)};
}
inline kernels::HyperConnectionWriteGradArgs write_grad_args(const HyperConnectionProblem& p,
                                                             HyperConnectionBackward& out) {
  return {p.shape,          p.site.parameters(), p.dh_next.data(), p.h.data(),   p.z.data(),
          p.t_or_null(p.t), out.dh.data(),       out.dz.data(),    out.dc.data()};
}
inline kernels::HyperConnectionReadGradArgs read_grad_args(const HyperConnectionProblem& p,
                                                           HyperConnectionBackward& out,
                                                           bool accumulate = false) {
  return {p.shape,     p.site.parameters(), out.parameters.gradients(p.shape.dynamic, accumulate),
          p.dx.data(), p.dc.data(),         p.dh_next.data(),
          p.h.data(),  p.t_or_null(p.t),    out.dh.data()};
}
// The read of `site` (gradients of its parameters) and the write of `next` before it, whose state
// is taken to be `h_before`.
inline kernels::HyperConnectionBoundaryGradArgs boundary_grad_args(const HyperConnectionProblem& p,
                                                                   const Values<float>& h_before,
                                                                   const Values<float>& t_before,
                                                                   HyperConnectionBackward& out) {
  return {p.shape,         p.site.parameters(), out.parameters.gradients(p.shape.dynamic),
          p.dx.data(),     p.dc.data(),         p.dh_next.data(),
          p.h.data(),      p.t_or_null(p.t),    p.next.parameters(),
          h_before.data(), p.z.data(),          p.t_or_null(t_before),
          out.dh.data(),   out.dz.data(),       out.dc.data()};
}

}  // namespace raddle::test
