// SPDX-License-Identifier: Apache-2.0
// The definition of the pointwise operations: plain loops in double.
#include "kernels/ops/elementwise.h"

#include <cmath>

#include "kernels/ref/rounded.h"

namespace raddle::kernels {
namespace {

constexpr double kRootTwoOverPi = 0.79788456080286535588;
constexpr double kCubic = 0.044715;

double gelu_of(double x) {
  return 0.5 * x * (1 + std::tanh(kRootTwoOverPi * (x + kCubic * x * x * x)));
}
double gelu_slope(double x) {
  const double t = std::tanh(kRootTwoOverPi * (x + kCubic * x * x * x));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * kRootTwoOverPi * (1 + 3 * kCubic * x * x);
}

template <class T>
Status gelu(const GeluArgsOf<T>& a, const Launch&) {
  for (int64_t i = 0; i < a.count; ++i) a.y[i] = rounded<T>(gelu_of(a.x[i]));
  return {};
}

template <class T>
Status gelu_grad(const GeluGradArgsOf<T>& a, const Launch&) {
  for (int64_t i = 0; i < a.count; ++i) {
    a.dx[i] = rounded<T>(a.dy[i] * gelu_slope(a.x[i]));
  }
  return {};
}

// Value and slope of the gate of a gated linear unit.
struct Gate {
  double value, slope;
};
Gate silu_gate(double x) {
  const double s = 1 / (1 + std::exp(-x));
  return {x * s, s * (1 + x * (1 - s))};
}
Gate gelu_gate(double x) { return {gelu_of(x), gelu_slope(x)}; }

// y = gate(x) up on packed rows [gate | up].
template <Gate (*gate)(double), template <class> class Args, class T>
Status gated(const Args<T>& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t i = 0; i < a.width; ++i) {
      const int64_t at = row * 2 * a.width + i;
      a.y[row * a.width + i] = rounded<T>(gate(a.x[at]).value * a.x[at + a.width]);
    }
  }
  return {};
}

template <Gate (*gate)(double), template <class> class Args, class T>
Status gated_grad(const Args<T>& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t i = 0; i < a.width; ++i) {
      const int64_t at = row * 2 * a.width + i;
      const double dy = a.dy[row * a.width + i], up = a.x[at + a.width];
      const Gate g = gate(a.x[at]);
      a.dx[at] = rounded<T>(dy * up * g.slope);
      a.dx[at + a.width] = rounded<T>(dy * g.value);
    }
  }
  return {};
}

template <class T>
Status add(const AddArgsOf<T>& a, const Launch&) {
  for (int64_t i = 0; i < a.count; ++i) {
    const double scale = a.scale;
    a.y[i] = rounded<T>(a.b != nullptr ? a.a[i] + scale * a.b[i] : scale * a.a[i]);
  }
  return {};
}

template <class T>
Status concat(const ConcatArgsOf<T>& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    T* y = a.y + row * (a.a_width + a.b_width);
    for (int64_t i = 0; i < a.a_width; ++i) y[i] = a.a[row * a.a_width + i];
    for (int64_t i = 0; i < a.b_width; ++i) y[a.a_width + i] = a.b[row * a.b_width + i];
  }
  return {};
}

template <class T>
Status split(const SplitArgsOf<T>& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    const T* y = a.y + row * (a.a_width + a.b_width);
    for (int64_t i = 0; i < a.a_width; ++i) a.a[row * a.a_width + i] = y[i];
    for (int64_t i = 0; i < a.b_width; ++i) a.b[row * a.b_width + i] = y[a.a_width + i];
  }
  return {};
}

}  // namespace

constinit const Kernel<GeluArgs> kGeluRef = {"gelu:ref", accept_any, no_scratch, gelu,
                                             RunsOn::kHostCode};
constinit const Kernel<GeluArgsOf<Bf16>> kGeluRefBf16 = {"gelu:ref", accept_any, no_scratch, gelu,
                                                         RunsOn::kHostCode};
constinit const Kernel<GeluGradArgs> kGeluGradRef = {"gelu_grad:ref", accept_any, no_scratch,
                                                     gelu_grad, RunsOn::kHostCode};
constinit const Kernel<GeluGradArgsOf<Bf16>> kGeluGradRefBf16 = {
    "gelu_grad:ref", accept_any, no_scratch, gelu_grad, RunsOn::kHostCode};
constinit const Kernel<SwigluArgs> kSwigluRef = {"swiglu:ref", accept_any, no_scratch,
                                                 gated<silu_gate>, RunsOn::kHostCode};
constinit const Kernel<SwigluArgsOf<Bf16>> kSwigluRefBf16 = {"swiglu:ref", accept_any, no_scratch,
                                                             gated<silu_gate>, RunsOn::kHostCode};
constinit const Kernel<SwigluGradArgs> kSwigluGradRef = {"swiglu_grad:ref", accept_any, no_scratch,
                                                         gated_grad<silu_gate>, RunsOn::kHostCode};
constinit const Kernel<SwigluGradArgsOf<Bf16>> kSwigluGradRefBf16 = {
    "swiglu_grad:ref", accept_any, no_scratch, gated_grad<silu_gate>, RunsOn::kHostCode};
constinit const Kernel<GegluArgs> kGegluRef = {"geglu:ref", accept_any, no_scratch,
                                               gated<gelu_gate>, RunsOn::kHostCode};
constinit const Kernel<GegluArgsOf<Bf16>> kGegluRefBf16 = {"geglu:ref", accept_any, no_scratch,
                                                           gated<gelu_gate>, RunsOn::kHostCode};
constinit const Kernel<GegluGradArgs> kGegluGradRef = {"geglu_grad:ref", accept_any, no_scratch,
                                                       gated_grad<gelu_gate>, RunsOn::kHostCode};
constinit const Kernel<GegluGradArgsOf<Bf16>> kGegluGradRefBf16 = {
    "geglu_grad:ref", accept_any, no_scratch, gated_grad<gelu_gate>, RunsOn::kHostCode};
constinit const Kernel<AddArgs> kAddRef = {"add:ref", accept_any, no_scratch, add,
                                           RunsOn::kHostCode};
constinit const Kernel<AddArgsOf<Bf16>> kAddRefBf16 = {"add:ref", accept_any, no_scratch, add,
                                                       RunsOn::kHostCode};
constinit const Kernel<ConcatArgs> kConcatRef = {"concat:ref", accept_any, no_scratch, concat,
                                                 RunsOn::kHostCode};
constinit const Kernel<ConcatArgsOf<Bf16>> kConcatRefBf16 = {"concat:ref", accept_any, no_scratch,
                                                             concat, RunsOn::kHostCode};
constinit const Kernel<SplitArgs> kSplitRef = {"split:ref", accept_any, no_scratch, split,
                                               RunsOn::kHostCode};
constinit const Kernel<SplitArgsOf<Bf16>> kSplitRefBf16 = {"split:ref", accept_any, no_scratch,
                                                           split, RunsOn::kHostCode};

}  // namespace raddle::kernels
