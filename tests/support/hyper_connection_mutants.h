// SPDX-License-Identifier: Apache-2.0
// The fused form of a virtual-width site in double (norm after the matmul, s_k in place of the
// norm's second reduction), with a switch that breaks one rule at a time. Unbroken it equals the
// definition; broken it must be told apart by the comparison that the conformance suite makes.
#pragma once

#include <array>

#include "tests/support/hyper_connection_problem.h"

namespace raddle::test {

enum class Mutation : uint8_t {
  kNone,
  kNoNorm,                    // U without rho
  kNoNormWeight,              // U without g
  kNoTemperature,             // U without 1 / sqrt(d)
  kNoScale,                   // C = t + C0
  kUntransposedCarry,         // H'_j = sum_k Acarry[j, k] H_k
  kUntransposedCarryGrad,     // dH_k = sum_j Acarry[j, k] G_j
  kSwappedCarryGrad,          // dAcarry[k, j] = <G_k, H_j>
  kWrongSignOfWriteGrad,      // dB = -Z G^T
  kNoTanhDerivative,          // dU = dC o S
  kNoScaleInGrad,             // dU = dC o (1 - t^2)
  kDroppedNormTerm,           // s_k = 0
  kNoRhoInStateGrad,          // dH without rho before dU Wg
  kNoRhoInWeightGrad,         // dWg = sum H_k dU_k
  kMissingNormWeightGrad,     // dg = 0
  kNoNormWeightInWeightGrad,  // dW = dWg / sqrt(d)
  kScaleGradWithoutT,         // dS = dC
  kReadGradMisplaced,         // dH without Aread dX
  kCarryDropped,              // dH of the read without dh_in
  kCount
};

struct FusedResult {
  Values<double> x, t, h_next;      // forward
  Values<double> dh_write, dz, dc;  // gradient of write
  Values<double> dh_read;           // gradient of read
  HyperConnectionParameterGradients<double> parameters;
};

class FusedSite {
 public:
  FusedSite(const HyperConnectionProblem& p, Mutation mutation)
      : mutation_(mutation), s_(p.shape), q_(p.shape.q()), site_(to_double(p.site)) {
    const double root = broken(Mutation::kNoTemperature) ? 1 : std::sqrt(double(s_.d));
    folded_.resize(site_.w.size());
    for (int64_t e = 0; e < s_.d; ++e) {
      const double g = broken(Mutation::kNoNormWeight) ? 1 : at(site_.norm_weight, e);
      for (int64_t c = 0; c < q_; ++c) at(folded_, e * q_ + c) = g * at(site_.w, e * q_ + c) / root;
    }
  }

  FusedResult run(const HyperConnectionProblem& p) const {
    FusedResult r{Values<double>(p.dx.size()), Values<double>(p.t.size()),
                  Values<double>(p.h.size()),  Values<double>(p.h.size()),
                  Values<double>(p.dx.size()), Values<double>(p.dc.size()),
                  Values<double>(p.h.size()),  HyperConnectionParameterGradients<double>(s_)};
    Values<double> dfolded(folded_.size(), 0.0);
    for (int64_t row = 0; row < s_.rows; ++row) {
      const Token in(p, row);
      read(in, row, r);
      write(in, row, r);
      write_grad(in, row, r);
      read_grad(in, row, r, dfolded);
    }
    const double root = std::sqrt(double(s_.d));
    for (int64_t e = 0; e < s_.d; ++e) {
      for (int64_t c = 0; c < q_; ++c) {
        const double grad = at(dfolded, e * q_ + c) / root;
        const double g = broken(Mutation::kNoNormWeightInWeightGrad) ? 1 : at(site_.norm_weight, e);
        at(r.parameters.dw, e * q_ + c) = g * grad;
        if (broken(Mutation::kMissingNormWeightGrad)) continue;
        at(r.parameters.dnorm_weight, e) += at(site_.w, e * q_ + c) * grad;
      }
    }
    return r;
  }

 private:
  // One token's inputs in double.
  struct Token {
    Values<double> h, z, t, g, dx, dc;
    Token(const HyperConnectionProblem& p, int64_t row)
        : h(slice(p.h, row, p)),
          z(slice(p.z, row, p)),
          t(slice(p.t, row, p)),
          g(slice(p.dh_next, row, p)),
          dx(slice(p.dx, row, p)),
          dc(slice(p.dc, row, p)) {}
    static Values<double> slice(const Values<float>& all, int64_t row,
                                const HyperConnectionProblem& p) {
      const int64_t width = int64_t(all.size()) / p.shape.rows;
      return Values<double>(all.begin() + row * width, all.begin() + (row + 1) * width);
    }
  };

  bool broken(Mutation m) const { return mutation_ == m; }
  static double& at(Values<double>& v, int64_t i) { return v[static_cast<size_t>(i)]; }
  static double at(const Values<double>& v, int64_t i) { return v[static_cast<size_t>(i)]; }
  double inner(const Values<double>& a, int64_t i, const Values<double>& b, int64_t j) const {
    double sum = 0;
    for (int64_t e = 0; e < s_.d; ++e) sum += at(a, i * s_.d + e) * at(b, j * s_.d + e);
    return sum;
  }
  double rho(const Values<double>& h, int64_t k) const {
    if (broken(Mutation::kNoNorm)) return 1;
    return 1 / std::sqrt(inner(h, k, h, k) / double(s_.d) + double(s_.eps));
  }
  double u(const Values<double>& h, int64_t k, int64_t c) const {
    double sum = 0;
    for (int64_t e = 0; e < s_.d; ++e) sum += at(h, k * s_.d + e) * at(folded_, e * q_ + c);
    return rho(h, k) * sum;
  }
  double coefficient(const Values<double>& t, int64_t k, int64_t c) const {
    const int64_t i = k * q_ + c;
    const double s = broken(Mutation::kNoScale) ? 1 : at(site_.s, i);
    return s * at(t, i) + at(site_.c0, i);
  }
  double carry(const Values<double>& t, int64_t k, int64_t j, Mutation swapped) const {
    return broken(swapped) ? coefficient(t, j, s_.m + k) : coefficient(t, k, s_.m + j);
  }

  void read(const Token& in, int64_t row, FusedResult& r) const {
    Values<double> t(in.t.size());
    for (int64_t k = 0; k < s_.n; ++k) {
      for (int64_t c = 0; c < q_; ++c) {
        at(t, k * q_ + c) = std::tanh(u(in.h, k, c));
        at(r.t, (row * s_.n + k) * q_ + c) = at(t, k * q_ + c);
      }
    }
    for (int64_t i = 0; i < s_.m; ++i) {
      for (int64_t e = 0; e < s_.d; ++e) {
        double& x = at(r.x, (row * s_.m + i) * s_.d + e);
        for (int64_t k = 0; k < s_.n; ++k) x += coefficient(t, k, i) * at(in.h, k * s_.d + e);
      }
    }
  }

  void write(const Token& in, int64_t row, FusedResult& r) const {
    for (int64_t j = 0; j < s_.n; ++j) {
      for (int64_t e = 0; e < s_.d; ++e) {
        double sum = at(in.h, j * s_.d + e);
        for (int64_t k = 0; k < s_.n; ++k) {
          const double a = carry(in.t, k, j, Mutation::kUntransposedCarry) - (k == j ? 1 : 0);
          sum += a * at(in.h, k * s_.d + e);
        }
        for (int64_t i = 0; i < s_.m; ++i) {
          sum += coefficient(in.t, j, s_.m + s_.n + i) * at(in.z, i * s_.d + e);
        }
        at(r.h_next, (row * s_.n + j) * s_.d + e) = sum;
      }
    }
  }

  void write_grad(const Token& in, int64_t row, FusedResult& r) const {
    const int64_t n = s_.n, m = s_.m, d = s_.d;
    const double sign = broken(Mutation::kWrongSignOfWriteGrad) ? -1 : 1;
    for (int64_t k = 0; k < n; ++k) {
      double* dc = &at(r.dc, (row * n + k) * (n + m));
      for (int64_t j = 0; j < n; ++j) {
        dc[j] =
            broken(Mutation::kSwappedCarryGrad) ? inner(in.g, k, in.h, j) : inner(in.h, k, in.g, j);
      }
      for (int64_t i = 0; i < m; ++i) dc[n + i] = sign * inner(in.g, k, in.z, i);
      for (int64_t e = 0; e < d; ++e) {
        double& dh = at(r.dh_write, (row * n + k) * d + e);
        for (int64_t j = 0; j < n; ++j) {
          dh += carry(in.t, k, j, Mutation::kUntransposedCarryGrad) * at(in.g, j * d + e);
        }
        for (int64_t i = 0; i < m; ++i) {
          at(r.dz, (row * m + i) * d + e) += coefficient(in.t, k, m + n + i) * at(in.g, k * d + e);
        }
      }
    }
  }

  // dU of slot k; adds to dC0 and dS.
  Values<double> coefficient_grad(const Token& in, int64_t k, FusedResult& r) const {
    Values<double> du(static_cast<size_t>(q_));
    for (int64_t c = 0; c < q_; ++c) {
      const int64_t i = k * q_ + c;
      const double dc =
          c < s_.m ? inner(in.h, k, in.dx, c) : at(in.dc, k * (s_.n + s_.m) + c - s_.m);
      const double t = at(in.t, i);
      at(r.parameters.dc0, i) += dc;
      at(r.parameters.ds, i) += broken(Mutation::kScaleGradWithoutT) ? dc : dc * t;
      at(du, c) = dc * (broken(Mutation::kNoScaleInGrad) ? 1 : at(site_.s, i)) *
                  (broken(Mutation::kNoTanhDerivative) ? 1 : 1 - t * t);
    }
    return du;
  }

  void read_grad(const Token& in, int64_t row, FusedResult& r, Values<double>& dfolded) const {
    for (int64_t k = 0; k < s_.n; ++k) {
      const Values<double> du = coefficient_grad(in, k, r);
      const double rho_k = rho(in.h, k);
      double s_k = 0;
      for (int64_t c = 0; c < q_; ++c) s_k += at(du, c) * u(in.h, k, c);
      if (broken(Mutation::kDroppedNormTerm)) s_k = 0;
      for (int64_t e = 0; e < s_.d; ++e) {
        const double h = at(in.h, k * s_.d + e);
        double dh = broken(Mutation::kCarryDropped) ? 0 : at(in.g, k * s_.d + e);
        for (int64_t i = 0; i < s_.m && !broken(Mutation::kReadGradMisplaced); ++i) {
          dh += coefficient(in.t, k, i) * at(in.dx, i * s_.d + e);
        }
        for (int64_t c = 0; c < q_; ++c) {
          const double w = at(folded_, e * q_ + c);
          dh += (broken(Mutation::kNoRhoInStateGrad) ? 1 : rho_k) * at(du, c) * w;
          at(dfolded, e * q_ + c) +=
              (broken(Mutation::kNoRhoInWeightGrad) ? 1 : rho_k) * h * at(du, c);
        }
        at(r.dh_read, (row * s_.n + k) * s_.d + e) = dh - rho_k * rho_k * s_k / double(s_.d) * h;
      }
    }
  }

  Mutation mutation_;
  SiteShape s_;
  int64_t q_;
  HyperConnectionSite<double> site_;
  Values<double> folded_;  // (d, q)
};

}  // namespace raddle::test
