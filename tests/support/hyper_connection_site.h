// SPDX-License-Identifier: Apache-2.0
// A virtual-width site with its parameters and a batch of tokens, in float for the kernels or in
// double for the definition. Both hold the same numbers: doubles are made from the floats.
#pragma once

#include <cmath>
#include <vector>

#include "kernels/ops/hyper_connection.h"
#include "kernels/ref/hyper_connection_definition.h"
#include "kernels/ref/rounded.h"
#include "tests/support/kernel_runner.h"

namespace raddle::test {

using kernels::SiteGradients;
using kernels::SiteParameters;
using kernels::SiteShape;

template <class T>
using Values = std::vector<T>;

template <class To, class From>
Values<To> convert(const Values<From>& from) {
  Values<To> to;
  to.reserve(from.size());
  for (const From value : from) to.push_back(kernels::rounded<To>(static_cast<double>(value)));
  return to;
}

template <class T>
struct HyperConnectionSite {
  SiteShape shape;
  Values<T> c0, s, w, norm_weight;

  const T* or_null(const Values<T>& v) const { return shape.dynamic ? v.data() : nullptr; }
  SiteParameters parameters() const {
    return {c0.data(), or_null(s), or_null(w), or_null(norm_weight)};
  }
  kernels::hyper_connection::Site<T> definition() const {
    return {shape.m,   shape.n,    shape.d,    shape.eps,           shape.dynamic,
            c0.data(), or_null(s), or_null(w), or_null(norm_weight)};
  }
  int64_t state_size() const { return shape.rows * shape.n * shape.d; }
  int64_t backbone_size() const { return shape.rows * shape.m * shape.d; }
  int64_t coefficient_size() const { return shape.rows * shape.n * shape.q(); }
  int64_t dc_size() const { return shape.rows * shape.n * (shape.n + shape.m); }
};

// C0 of the paper's initialisation: read slots 0..m-1, carry all, write slot j from j mod m.
inline Values<float> initial_c0(int64_t m, int64_t n) {
  const int64_t q = 2 * m + n;
  Values<float> c0(static_cast<size_t>(n * q), 0.0f);
  for (int64_t k = 0; k < n; ++k) {
    if (k < m) c0[static_cast<size_t>(k * q + k)] = 1;
    c0[static_cast<size_t>(k * q + m + k)] = 1;
    c0[static_cast<size_t>(k * q + m + n + k % m)] = 1;
  }
  return c0;
}

// Everything random and away from zero: at initialisation several gradients vanish and hide errors.
// C0 is the initial one plus noise, so that sums over many slots stay of order one.
inline HyperConnectionSite<float> random_site(const SiteShape& shape, uint64_t stream) {
  const int64_t n = shape.n, q = shape.q(), d = shape.d;
  HyperConnectionSite<float> site{shape, initial_c0(shape.m, n), {}, {}, {}};
  const Values<float> noise = random_floats(n * q, stream, 0.5f / std::sqrt(static_cast<float>(n)));
  for (size_t i = 0; i < noise.size(); ++i) site.c0[i] += noise[i];
  site.s = random_floats(n * q, stream + 1, 0.7f / std::sqrt(static_cast<float>(n)));
  site.w = random_floats(d * q, stream + 2);
  site.norm_weight = random_floats(d, stream + 3, 0.3f);
  for (float& weight : site.norm_weight) weight += 1.0f;
  return site;
}

inline HyperConnectionSite<double> to_double(const HyperConnectionSite<float>& f) {
  return {f.shape, convert<double>(f.c0), convert<double>(f.s), convert<double>(f.w),
          convert<double>(f.norm_weight)};
}

template <class T>
struct HyperConnectionParameterGradients {
  Values<T> dc0, ds, dw, dnorm_weight;
  explicit HyperConnectionParameterGradients(const SiteShape& s, T fill = 0)
      : dc0(static_cast<size_t>(s.n * s.q()), fill),
        ds(dc0.size(), fill),
        dw(static_cast<size_t>(s.d * s.q()), fill),
        dnorm_weight(static_cast<size_t>(s.d), fill) {}
  SiteGradients gradients(bool dynamic, bool accumulate = false) {
    return {dc0.data(),
            dynamic ? ds.data() : nullptr,
            dynamic ? dw.data() : nullptr,
            dynamic ? dnorm_weight.data() : nullptr,
            accumulate,
            accumulate,
            accumulate,
            accumulate};
  }
};

// The definition over all tokens of a batch, allocating what it returns.
namespace definition {

inline kernels::hyper_connection::Workspace workspace(const SiteShape& s, Values<double>& memory) {
  memory.resize(static_cast<size_t>(kernels::hyper_connection::Workspace::doubles(s.m, s.n, s.d)));
  return kernels::hyper_connection::Workspace(memory.data(), s.m, s.n);
}

struct ReadResult {
  Values<double> x, t;
};
inline ReadResult read(const HyperConnectionSite<double>& site, const Values<double>& h) {
  const SiteShape& s = site.shape;
  Values<double> memory;
  ReadResult out{Values<double>(static_cast<size_t>(site.backbone_size())),
                 Values<double>(static_cast<size_t>(site.coefficient_size()))};
  for (int64_t row = 0; row < s.rows; ++row) {
    kernels::hyper_connection::read_token(site.definition(), h.data() + row * s.n * s.d,
                                          out.x.data() + row * s.m * s.d,
                                          out.t.data() + row * s.n * s.q(), workspace(s, memory));
  }
  return out;
}

inline Values<double> write(const HyperConnectionSite<double>& site, const Values<double>& h,
                            const Values<double>& z, const Values<double>& t) {
  const SiteShape& s = site.shape;
  Values<double> memory, out(h.size());
  for (int64_t row = 0; row < s.rows; ++row) {
    kernels::hyper_connection::write_token(site.definition(), h.data() + row * s.n * s.d,
                                           z.data() + row * s.m * s.d, t.data() + row * s.n * s.q(),
                                           out.data() + row * s.n * s.d, workspace(s, memory));
  }
  return out;
}

struct WriteGradResult {
  Values<double> dh, dz, dc;
};
inline WriteGradResult write_grad(const HyperConnectionSite<double>& site,
                                  const Values<double>& dh_next, const Values<double>& h,
                                  const Values<double>& z, const Values<double>& t) {
  const SiteShape& s = site.shape;
  Values<double> memory;
  WriteGradResult out{Values<double>(h.size()), Values<double>(z.size()),
                      Values<double>(static_cast<size_t>(site.dc_size()))};
  for (int64_t row = 0; row < s.rows; ++row) {
    const int64_t wide = row * s.n * s.d, narrow = row * s.m * s.d;
    kernels::hyper_connection::write_grad_token(
        site.definition(), dh_next.data() + wide, h.data() + wide, z.data() + narrow,
        t.data() + row * s.n * s.q(), out.dh.data() + wide, out.dz.data() + narrow,
        out.dc.data() + row * s.n * (s.n + s.m), workspace(s, memory));
  }
  return out;
}

struct ReadGradResult {
  Values<double> dh;
  HyperConnectionParameterGradients<double> parameters;
};
inline ReadGradResult read_grad(const HyperConnectionSite<double>& site, const Values<double>& dx,
                                const Values<double>& dc, const Values<double>& dh_in,
                                const Values<double>& h, const Values<double>& t) {
  const SiteShape& s = site.shape;
  Values<double> memory;
  ReadGradResult out{Values<double>(h.size()), HyperConnectionParameterGradients<double>(s)};
  const kernels::hyper_connection::ParameterSums sums{
      out.parameters.dc0.data(), out.parameters.ds.data(), out.parameters.dw.data(),
      out.parameters.dnorm_weight.data()};
  for (int64_t row = 0; row < s.rows; ++row) {
    const int64_t wide = row * s.n * s.d;
    kernels::hyper_connection::read_grad_token(
        site.definition(), dx.data() + row * s.m * s.d, dc.data() + row * s.n * (s.n + s.m),
        dh_in.data() + wide, h.data() + wide, t.data() + row * s.n * s.q(), out.dh.data() + wide,
        sums, workspace(s, memory));
  }
  return out;
}

}  // namespace definition
}  // namespace raddle::test
