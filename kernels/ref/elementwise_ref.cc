// SPDX-License-Identifier: Apache-2.0
// The definition of the pointwise operations: plain loops in double.
#include "kernels/ops/elementwise.h"

#include <cmath>

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

Status gelu(const GeluArgs& a, const Launch&) {
  for (int64_t i = 0; i < a.count; ++i) a.y[i] = static_cast<float>(gelu_of(a.x[i]));
  return {};
}

Status gelu_grad(const GeluGradArgs& a, const Launch&) {
  for (int64_t i = 0; i < a.count; ++i) {
    a.dx[i] = static_cast<float>(a.dy[i] * gelu_slope(a.x[i]));
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
template <Gate (*gate)(double), class Args>
Status gated(const Args& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t i = 0; i < a.width; ++i) {
      const int64_t at = row * 2 * a.width + i;
      a.y[row * a.width + i] = static_cast<float>(gate(a.x[at]).value * a.x[at + a.width]);
    }
  }
  return {};
}

template <Gate (*gate)(double), class Args>
Status gated_grad(const Args& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t i = 0; i < a.width; ++i) {
      const int64_t at = row * 2 * a.width + i;
      const double dy = a.dy[row * a.width + i], up = a.x[at + a.width];
      const Gate g = gate(a.x[at]);
      a.dx[at] = static_cast<float>(dy * up * g.slope);
      a.dx[at + a.width] = static_cast<float>(dy * g.value);
    }
  }
  return {};
}

Status add(const AddArgs& a, const Launch&) {
  for (int64_t i = 0; i < a.count; ++i) {
    const double scale = a.scale;
    a.y[i] = static_cast<float>(a.b != nullptr ? a.a[i] + scale * a.b[i] : scale * a.a[i]);
  }
  return {};
}

Status concat(const ConcatArgs& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    float* y = a.y + row * (a.a_width + a.b_width);
    for (int64_t i = 0; i < a.a_width; ++i) y[i] = a.a[row * a.a_width + i];
    for (int64_t i = 0; i < a.b_width; ++i) y[a.a_width + i] = a.b[row * a.b_width + i];
  }
  return {};
}

Status split(const SplitArgs& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    const float* y = a.y + row * (a.a_width + a.b_width);
    for (int64_t i = 0; i < a.a_width; ++i) a.a[row * a.a_width + i] = y[i];
    for (int64_t i = 0; i < a.b_width; ++i) a.b[row * a.b_width + i] = y[a.a_width + i];
  }
  return {};
}

}  // namespace

constinit const Kernel<GeluArgs> kGeluRef = {"gelu:ref", accept_any<GeluArgs>, no_scratch<GeluArgs>,
                                             gelu, RunsOn::kHostCode};
constinit const Kernel<GeluGradArgs> kGeluGradRef = {"gelu_grad:ref", accept_any<GeluGradArgs>,
                                                     no_scratch<GeluGradArgs>, gelu_grad,
                                                     RunsOn::kHostCode};
constinit const Kernel<SwigluArgs> kSwigluRef = {"swiglu:ref", accept_any<SwigluArgs>,
                                                 no_scratch<SwigluArgs>,
                                                 gated<silu_gate, SwigluArgs>, RunsOn::kHostCode};
constinit const Kernel<SwigluGradArgs> kSwigluGradRef = {
    "swiglu_grad:ref", accept_any<SwigluGradArgs>, no_scratch<SwigluGradArgs>,
    gated_grad<silu_gate, SwigluGradArgs>, RunsOn::kHostCode};
constinit const Kernel<GegluArgs> kGegluRef = {"geglu:ref", accept_any<GegluArgs>,
                                               no_scratch<GegluArgs>, gated<gelu_gate, GegluArgs>,
                                               RunsOn::kHostCode};
constinit const Kernel<GegluGradArgs> kGegluGradRef = {
    "geglu_grad:ref", accept_any<GegluGradArgs>, no_scratch<GegluGradArgs>,
    gated_grad<gelu_gate, GegluGradArgs>, RunsOn::kHostCode};
constinit const Kernel<AddArgs> kAddRef = {"add:ref", accept_any<AddArgs>, no_scratch<AddArgs>, add,
                                           RunsOn::kHostCode};
constinit const Kernel<ConcatArgs> kConcatRef = {"concat:ref", accept_any<ConcatArgs>,
                                                 no_scratch<ConcatArgs>, concat, RunsOn::kHostCode};
constinit const Kernel<SplitArgs> kSplitRef = {"split:ref", accept_any<SplitArgs>,
                                               no_scratch<SplitArgs>, split, RunsOn::kHostCode};

}  // namespace raddle::kernels
