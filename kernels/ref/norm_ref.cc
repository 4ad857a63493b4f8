// SPDX-License-Identifier: Apache-2.0
// The definition of layer norm and RMS norm: plain loops, sums in double.
#include "kernels/ops/norm.h"

#include <cmath>

#include "kernels/ref/rounded.h"

namespace raddle::kernels {
namespace {

double weight_at(const float* weight, int64_t i) { return weight != nullptr ? weight[i] : 1.0; }

template <class T>
Status layer_norm(const LayerNormArgsOf<T>& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    const T* x = a.x + row * a.width;
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < a.width; ++i) mean += x[i];
    mean /= static_cast<double>(a.width);
    for (int64_t i = 0; i < a.width; ++i) variance += (x[i] - mean) * (x[i] - mean);
    variance /= static_cast<double>(a.width);
    const double rstd = 1.0 / std::sqrt(variance + static_cast<double>(a.eps));
    for (int64_t i = 0; i < a.width; ++i) {
      const double bias = a.bias != nullptr ? a.bias[i] : 0.0;
      a.y[row * a.width + i] = rounded<T>((x[i] - mean) * rstd * weight_at(a.weight, i) + bias);
    }
    a.stats[2 * row] = static_cast<float>(mean);
    a.stats[2 * row + 1] = static_cast<float>(rstd);
  }
  return {};
}

void store_gradient(float* target, double sum, bool accumulate) {
  *target = static_cast<float>(accumulate ? *target + sum : sum);
}

// The weight gradients come first: dx may overwrite dy.
template <class T>
Status layer_norm_grad(const LayerNormGradArgsOf<T>& a, const Launch&) {
  for (int64_t i = 0; i < a.width; ++i) {
    double dweight = 0, dbias = 0;
    for (int64_t row = 0; row < a.rows; ++row) {
      const double mean = a.stats[2 * row], rstd = a.stats[2 * row + 1];
      const double dy = a.dy[row * a.width + i];
      dweight += dy * (a.x[row * a.width + i] - mean) * rstd;
      dbias += dy;
    }
    if (a.dweight != nullptr) store_gradient(a.dweight + i, dweight, a.accumulate_dweight);
    if (a.dbias != nullptr) store_gradient(a.dbias + i, dbias, a.accumulate_dbias);
  }
  for (int64_t row = 0; row < a.rows; ++row) {
    const T* x = a.x + row * a.width;
    const T* dy = a.dy + row * a.width;
    const double mean = a.stats[2 * row], rstd = a.stats[2 * row + 1];
    double sum_g = 0, sum_gx = 0;  // of g = dy weight and of g xhat
    for (int64_t i = 0; i < a.width; ++i) {
      const double g = dy[i] * weight_at(a.weight, i);
      sum_g += g;
      sum_gx += g * (x[i] - mean) * rstd;
    }
    sum_g /= static_cast<double>(a.width);
    sum_gx /= static_cast<double>(a.width);
    for (int64_t i = 0; i < a.width; ++i) {
      const double g = dy[i] * weight_at(a.weight, i);
      const double xhat = (x[i] - mean) * rstd;
      a.dx[row * a.width + i] = rounded<T>(rstd * (g - sum_g - xhat * sum_gx));
    }
  }
  return {};
}

template <class T>
Status rms_norm(const RmsNormArgsOf<T>& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    const T* x = a.x + row * a.width;
    double squares = 0;
    for (int64_t i = 0; i < a.width; ++i) squares += static_cast<double>(x[i]) * x[i];
    const double rstd =
        1.0 / std::sqrt(squares / static_cast<double>(a.width) + static_cast<double>(a.eps));
    for (int64_t i = 0; i < a.width; ++i) {
      a.y[row * a.width + i] = rounded<T>(x[i] * rstd * weight_at(a.weight, i));
    }
    a.rstd[row] = static_cast<float>(rstd);
  }
  return {};
}

template <class T>
Status rms_norm_grad(const RmsNormGradArgsOf<T>& a, const Launch&) {
  if (a.dweight != nullptr) {
    for (int64_t i = 0; i < a.width; ++i) {
      double sum = 0;
      for (int64_t row = 0; row < a.rows; ++row) {
        sum += static_cast<double>(a.dy[row * a.width + i]) * a.x[row * a.width + i] * a.rstd[row];
      }
      store_gradient(a.dweight + i, sum, a.accumulate_dweight);
    }
  }
  for (int64_t row = 0; row < a.rows; ++row) {
    const T* x = a.x + row * a.width;
    const T* dy = a.dy + row * a.width;
    const double rstd = a.rstd[row];
    double sum_gx = 0;
    for (int64_t i = 0; i < a.width; ++i) sum_gx += dy[i] * weight_at(a.weight, i) * x[i] * rstd;
    sum_gx /= static_cast<double>(a.width);
    for (int64_t i = 0; i < a.width; ++i) {
      const double g = dy[i] * weight_at(a.weight, i);
      a.dx[row * a.width + i] = rounded<T>(rstd * (g - x[i] * rstd * sum_gx));
    }
  }
  return {};
}

}  // namespace

constinit const Kernel<LayerNormArgs> kLayerNormRef = {"layer_norm:ref", accept_any, no_scratch,
                                                       layer_norm, RunsOn::kHostCode};
constinit const Kernel<LayerNormArgsOf<Bf16>> kLayerNormRefBf16 = {
    "layer_norm:ref", accept_any, no_scratch, layer_norm, RunsOn::kHostCode};
constinit const Kernel<LayerNormGradArgs> kLayerNormGradRef = {
    "layer_norm_grad:ref", accept_any, no_scratch, layer_norm_grad, RunsOn::kHostCode};
constinit const Kernel<LayerNormGradArgsOf<Bf16>> kLayerNormGradRefBf16 = {
    "layer_norm_grad:ref", accept_any, no_scratch, layer_norm_grad, RunsOn::kHostCode};
constinit const Kernel<RmsNormArgs> kRmsNormRef = {"rms_norm:ref", accept_any, no_scratch, rms_norm,
                                                   RunsOn::kHostCode};
constinit const Kernel<RmsNormArgsOf<Bf16>> kRmsNormRefBf16 = {
    "rms_norm:ref", accept_any, no_scratch, rms_norm, RunsOn::kHostCode};
constinit const Kernel<RmsNormGradArgs> kRmsNormGradRef = {
    "rms_norm_grad:ref", accept_any, no_scratch, rms_norm_grad, RunsOn::kHostCode};
constinit const Kernel<RmsNormGradArgsOf<Bf16>> kRmsNormGradRefBf16 = {
    "rms_norm_grad:ref", accept_any, no_scratch, rms_norm_grad, RunsOn::kHostCode};

}  // namespace raddle::kernels
