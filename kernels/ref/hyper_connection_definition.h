// SPDX-License-Identifier: Apache-2.0
// What generalized hyper-connections are: the equations of kernels/ops/hyper_connection.h written
// as plain loops in the textbook order (norm first, then matmul; full carry), with all arithmetic
// in double. T is the type of state and activations, P that of parameters and coefficients: float
// and BF16 with float make the reference kernels, double the yardstick that the tests differentiate
// numerically. One call handles one token; parameter gradients are
// added up over the calls.
#pragma once

#include <cmath>
#include <cstdint>
#include <tuple>

#include "kernels/ref/rounded.h"

namespace raddle::kernels::hyper_connection {

template <class P>
struct Site {
  int64_t m, n, d;
  double eps;
  bool dynamic;
  const P* c0;           // (n, q)
  const P* s;            // (n, q)
  const P* w;            // (d, q)
  const P* norm_weight;  // (d)
  int64_t q() const { return 2 * m + n; }
};

// Sums over tokens, in double whatever T is.
struct ParameterSums {
  double* dc0;           // (n, q)
  double* ds;            // (n, q)
  double* dw;            // (d, q)
  double* dnorm_weight;  // (d)
};

// Doubles that a call may scribble on.
struct Workspace {
  double* c;      // (n, q) coefficients, or their gradient
  double* state;  // (n, d)
  static int64_t doubles(int64_t m, int64_t n, int64_t d) { return n * (2 * m + n) + n * d; }
  Workspace(double* memory, int64_t m, int64_t n) : c(memory), state(memory + n * (2 * m + n)) {}
};

// 1 / sqrt(mean(slot^2) + eps).
template <class P, class T>
double inverse_rms(const Site<P>& site, const T* slot) {
  double squares = 0;
  for (int64_t e = 0; e < site.d; ++e)
    squares += static_cast<double>(slot[e]) * static_cast<double>(slot[e]);
  return 1.0 / std::sqrt(squares / static_cast<double>(site.d) + site.eps);
}

// t = tanh(RMSNorm(H) W / sqrt(d)), slot by slot.
template <class P, class T>
void generate(const Site<P>& site, const T* h, P* t) {
  const int64_t q = site.q();
  const double root = std::sqrt(static_cast<double>(site.d));
  for (int64_t k = 0; k < site.n; ++k) {
    const T* slot = h + k * site.d;
    const double rho = inverse_rms(site, slot);
    for (int64_t c = 0; c < q; ++c) {
      double u = 0;
      for (int64_t e = 0; e < site.d; ++e) {
        const double normalised = slot[e] * rho * site.norm_weight[e];
        u += normalised * site.w[e * q + c];
      }
      t[k * q + c] = rounded<P>(std::tanh(u / root));
    }
  }
}

// C = S o t + C0, or C0 alone.
template <class P>
void coefficients(const Site<P>& site, const P* t, double* c) {
  for (int64_t i = 0; i < site.n * site.q(); ++i) {
    c[i] = site.c0[i];
    if (site.dynamic) c[i] += double{site.s[i]} * double{t[i]};
  }
}

// X_i = sum_k Aread[k, i] H_k.
template <class P, class T>
void read_token(const Site<P>& site, const T* h, T* x, P* t, Workspace work) {
  if (site.dynamic) generate(site, h, t);
  coefficients(site, t, work.c);
  for (int64_t i = 0; i < site.m; ++i) {
    for (int64_t e = 0; e < site.d; ++e) {
      double sum = 0;
      for (int64_t k = 0; k < site.n; ++k) sum += work.c[k * site.q() + i] * h[k * site.d + e];
      x[i * site.d + e] = rounded<T>(sum);
    }
  }
}

// H'_j = sum_i B[i, j] Z_i + sum_k Acarry[k, j] H_k; column m + n + i of row j of C is B[i, j].
template <class P, class T>
void write_token(const Site<P>& site, const T* h, const T* z, const P* t, T* h_next,
                 Workspace work) {
  const auto [m, n, d] = std::tuple(site.m, site.n, site.d);
  const int64_t q = site.q();
  coefficients(site, t, work.c);
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t e = 0; e < d; ++e) {
      double sum = 0;
      for (int64_t i = 0; i < m; ++i) sum += work.c[j * q + m + n + i] * z[i * d + e];
      for (int64_t k = 0; k < n; ++k) sum += work.c[k * q + m + j] * h[k * d + e];
      work.state[j * d + e] = sum;
    }
  }
  for (int64_t i = 0; i < n * d; ++i) h_next[i] = rounded<T>(work.state[i]);  // may alias h
}

// dZ = B G, dH = Acarry G, dc = [H G^T | G Z^T].
template <class P, class T>
void write_grad_token(const Site<P>& site, const T* g, const T* h, const T* z, const P* t, T* dh,
                      T* dz, P* dc, Workspace work) {
  const auto [m, n, d] = std::tuple(site.m, site.n, site.d);
  const int64_t q = site.q();
  coefficients(site, t, work.c);
  for (int64_t k = 0; k < n; ++k) {
    for (int64_t j = 0; j < n; ++j) {
      double dot = 0;
      for (int64_t e = 0; e < d; ++e)
        dot += static_cast<double>(h[k * d + e]) * static_cast<double>(g[j * d + e]);
      dc[k * (n + m) + j] = rounded<P>(dot);
    }
    for (int64_t i = 0; i < m; ++i) {
      double dot = 0;
      for (int64_t e = 0; e < d; ++e)
        dot += static_cast<double>(g[k * d + e]) * static_cast<double>(z[i * d + e]);
      dc[k * (n + m) + n + i] = rounded<P>(dot);
    }
    for (int64_t e = 0; e < d; ++e) {
      double sum = 0;
      for (int64_t j = 0; j < n; ++j) sum += work.c[k * q + m + j] * g[j * d + e];
      work.state[k * d + e] = sum;
    }
  }
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t e = 0; e < d; ++e) {
      double sum = 0;
      for (int64_t j = 0; j < n; ++j) sum += work.c[j * q + m + n + i] * g[j * d + e];
      dz[i * d + e] = rounded<T>(sum);
    }
  }
  for (int64_t i = 0; i < n * d; ++i) dh[i] = rounded<T>(work.state[i]);  // may alias g
}

// From the gradient of U to that of the normalised slot, its weight, W and the slot itself; `row`
// holds the part of dH that this adds to, work.c the gradient of U.
template <class P, class T>
void generate_grad(const Site<P>& site, const T* slot, const double* du, double* row,
                   const ParameterSums& sums) {
  const int64_t q = site.q();
  const double width = static_cast<double>(site.d);
  const double rho = inverse_rms(site, slot);
  const auto into_normalised = [&](int64_t e) {  // before the norm weight
    double sum = 0;
    for (int64_t c = 0; c < q; ++c) sum += du[c] * site.w[e * q + c];
    return sum / std::sqrt(width);
  };
  double projection = 0;
  for (int64_t e = 0; e < site.d; ++e) {
    const double normalised = slot[e] * rho;
    const double into = into_normalised(e);
    for (int64_t c = 0; c < q; ++c) {
      sums.dw[e * q + c] += normalised * site.norm_weight[e] * du[c] / std::sqrt(width);
    }
    sums.dnorm_weight[e] += into * normalised;
    projection += into * site.norm_weight[e] * normalised;
  }
  for (int64_t e = 0; e < site.d; ++e) {
    const double normalised = slot[e] * rho;
    row[e] += rho * (into_normalised(e) * site.norm_weight[e] - normalised * projection / width);
  }
}

// dH = dh_in + Aread dX + the part through the generated coefficients.
template <class P, class T>
void read_grad_token(const Site<P>& site, const T* dx, const P* dc, const T* dh_in, const T* h,
                     const P* t, T* dh, const ParameterSums& sums, Workspace work) {
  const auto [m, n, d] = std::tuple(site.m, site.n, site.d);
  const int64_t q = site.q();
  coefficients(site, t, work.c);
  for (int64_t k = 0; k < n; ++k) {
    for (int64_t e = 0; e < d; ++e) {
      double sum = dh_in[k * d + e];
      for (int64_t i = 0; i < m; ++i) sum += work.c[k * q + i] * dx[i * d + e];
      work.state[k * d + e] = sum;
    }
  }
  for (int64_t k = 0; k < n; ++k) {
    for (int64_t c = 0; c < q; ++c) {
      double gradient = 0;
      if (c < m) {
        for (int64_t e = 0; e < d; ++e)
          gradient += static_cast<double>(h[k * d + e]) * static_cast<double>(dx[c * d + e]);
      } else {
        gradient = dc[k * (n + m) + c - m];
      }
      const int64_t at = k * q + c;
      sums.dc0[at] += gradient;
      if (!site.dynamic) continue;
      sums.ds[at] += gradient * t[at];
      work.c[at] = gradient * site.s[at] * (1.0 - double{t[at]} * double{t[at]});
    }
    if (site.dynamic) generate_grad(site, h + k * d, work.c + k * q, work.state + k * d, sums);
  }
  for (int64_t i = 0; i < n * d; ++i) dh[i] = rounded<T>(work.state[i]);  // may alias dh_in
}

}  // namespace raddle::kernels::hyper_connection
