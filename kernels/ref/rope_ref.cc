// SPDX-License-Identifier: Apache-2.0
// The definition of rotary positions and of the norm of q and k heads: plain loops, sums in double.
#include "kernels/ops/rope.h"

#include <cmath>

#include "kernels/ref/rounded.h"

namespace raddle::kernels {
namespace {

template <class T>
Verdict even_head(const RopeArgsOf<T>& a, const DeviceCaps&) {
  if (a.head_dim % 2 == 0) return Verdict::yes();
  return Verdict::no("needs an even head_dim, got " + std::to_string(a.head_dim));
}

template <class T>
Status rope(const RopeArgsOf<T>& a, const Launch&) {
  const int64_t half = a.head_dim / 2;
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  for (int64_t row = 0; row < a.rows; ++row) {
    const T* x = a.x + row * width;
    T* y = a.y + row * width;
    for (int64_t head = 0; head < a.heads + a.kv_heads; ++head) {
      for (int64_t i = 0; i < half; ++i) {
        const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(a.head_dim);
        const double angle = a.positions[row] * std::pow(a.theta, exponent);
        const double cosine = static_cast<float>(std::cos(angle));
        const double sine = static_cast<float>(a.inverse ? -std::sin(angle) : std::sin(angle));
        const double lower = x[head * a.head_dim + i];
        const double upper = x[head * a.head_dim + half + i];
        y[head * a.head_dim + i] = rounded<T>(lower * cosine - upper * sine);
        y[head * a.head_dim + half + i] = rounded<T>(upper * cosine + lower * sine);
      }
    }
    for (int64_t i = (a.heads + a.kv_heads) * a.head_dim; i < width; ++i) y[i] = x[i];
  }
  return {};
}

template <class T>
Status head_norm(const HeadNormArgsOf<T>& a, const Launch&) {
  const int64_t normed = a.heads + a.kv_heads;
  const int64_t width = (normed + a.kv_heads) * a.head_dim;
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t head = 0; head < normed; ++head) {
      const T* x = a.x + row * width + head * a.head_dim;
      const float* weight = head < a.heads ? a.q_weight : a.k_weight;
      double squares = 0;
      for (int64_t i = 0; i < a.head_dim; ++i) squares += static_cast<double>(x[i]) * x[i];
      const double rstd =
          1.0 / std::sqrt(squares / static_cast<double>(a.head_dim) + static_cast<double>(a.eps));
      for (int64_t i = 0; i < a.head_dim; ++i) {
        a.y[row * width + head * a.head_dim + i] = rounded<T>(x[i] * rstd * weight[i]);
      }
      a.rstd[row * normed + head] = static_cast<float>(rstd);
    }
    for (int64_t i = normed * a.head_dim; i < width; ++i)
      a.y[row * width + i] = a.x[row * width + i];
  }
  return {};
}

// Sum of dy x rstd over rows and over heads [first, last), for each column of a head.
template <class T>
void weight_gradient(const HeadNormGradArgsOf<T>& a, int64_t first, int64_t last, float* dweight,
                     bool accumulate) {
  if (dweight == nullptr) return;
  const int64_t normed = a.heads + a.kv_heads;
  const int64_t width = (normed + a.kv_heads) * a.head_dim;
  for (int64_t i = 0; i < a.head_dim; ++i) {
    double sum = 0;
    for (int64_t row = 0; row < a.rows; ++row) {
      for (int64_t head = first; head < last; ++head) {
        const int64_t at = row * width + head * a.head_dim + i;
        sum += static_cast<double>(a.dy[at]) * a.x[at] * a.rstd[row * normed + head];
      }
    }
    dweight[i] = static_cast<float>(accumulate ? dweight[i] + sum : sum);
  }
}

// The weight gradients come first: dx may overwrite dy.
template <class T>
Status head_norm_grad(const HeadNormGradArgsOf<T>& a, const Launch&) {
  const int64_t normed = a.heads + a.kv_heads;
  const int64_t width = (normed + a.kv_heads) * a.head_dim;
  weight_gradient(a, 0, a.heads, a.dq_weight, a.accumulate_dq_weight);
  weight_gradient(a, a.heads, normed, a.dk_weight, a.accumulate_dk_weight);
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t head = 0; head < normed; ++head) {
      const int64_t at = row * width + head * a.head_dim;
      const float* weight = head < a.heads ? a.q_weight : a.k_weight;
      const double rstd = a.rstd[row * normed + head];
      double sum_gx = 0;
      for (int64_t i = 0; i < a.head_dim; ++i) {
        sum_gx += static_cast<double>(a.dy[at + i]) * weight[i] * a.x[at + i] * rstd;
      }
      sum_gx /= static_cast<double>(a.head_dim);
      for (int64_t i = 0; i < a.head_dim; ++i) {
        const double g = static_cast<double>(a.dy[at + i]) * weight[i];
        a.dx[at + i] = rounded<T>(rstd * (g - a.x[at + i] * rstd * sum_gx));
      }
    }
    for (int64_t i = row * width + normed * a.head_dim; i < (row + 1) * width; ++i)
      a.dx[i] = a.dy[i];
  }
  return {};
}

}  // namespace

constinit const Kernel<RopeArgs> kRopeRef = {"rope:ref", even_head, no_scratch, rope,
                                             RunsOn::kHostCode};
constinit const Kernel<RopeArgsOf<Bf16>> kRopeRefBf16 = {"rope:ref", even_head, no_scratch, rope,
                                                         RunsOn::kHostCode};
constinit const Kernel<HeadNormArgs> kHeadNormRef = {"head_norm:ref", accept_any, no_scratch,
                                                     head_norm, RunsOn::kHostCode};
constinit const Kernel<HeadNormArgsOf<Bf16>> kHeadNormRefBf16 = {
    "head_norm:ref", accept_any, no_scratch, head_norm, RunsOn::kHostCode};
constinit const Kernel<HeadNormGradArgs> kHeadNormGradRef = {
    "head_norm_grad:ref", accept_any, no_scratch, head_norm_grad, RunsOn::kHostCode};
constinit const Kernel<HeadNormGradArgsOf<Bf16>> kHeadNormGradRefBf16 = {
    "head_norm_grad:ref", accept_any, no_scratch, head_norm_grad, RunsOn::kHostCode};

}  // namespace raddle::kernels
