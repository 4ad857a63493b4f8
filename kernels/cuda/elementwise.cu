// SPDX-License-Identifier: Apache-2.0
// Pointwise kernels (ops/elementwise.h). They move memory and little else.
#include "kernels/cuda/elementwise.h"

#include "kernels/cuda/language.h"

namespace raddle::cuda {
namespace {

RADDLE_CUDA_DEVICE int64_t thread_index() {
  return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

constexpr float kGeluScale = 0.7978845608028654f;  // sqrt(2 / pi)
constexpr float kGeluCubic = 0.044715f;

RADDLE_CUDA_DEVICE float gelu(float x) {
  return 0.5f * x * (1.0f + tanhf(kGeluScale * (x + kGeluCubic * x * x * x)));
}

RADDLE_CUDA_DEVICE float gelu_slope(float x) {
  const float t = tanhf(kGeluScale * (x + kGeluCubic * x * x * x));
  const float inner = kGeluScale * (1.0f + 3.0f * kGeluCubic * x * x);
  return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * inner;
}

RADDLE_CUDA_DEVICE float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }
RADDLE_CUDA_DEVICE float silu(float x) { return x * sigmoid(x); }
RADDLE_CUDA_DEVICE float silu_slope(float x) {
  const float s = sigmoid(x);
  return s * (1.0f + x * (1.0f - s));
}

// y = gate(x[:, :width]) * x[:, width:].
template <float gate(float)>
RADDLE_CUDA_DEVICE void gated(const GatedParameters& p) {
  const int64_t i = thread_index();
  if (i >= p.rows * p.width) return;
  const int64_t row = i / p.width, column = i % p.width;
  const float* x = p.x + row * 2 * p.width + column;
  p.y[i] = gate(x[0]) * x[p.width];
}

template <float gate(float), float slope(float)>
RADDLE_CUDA_DEVICE void gated_grad(const GatedParameters& p) {
  const int64_t i = thread_index();
  if (i >= p.rows * p.width) return;
  const int64_t row = i / p.width, column = i % p.width;
  const int64_t at = row * 2 * p.width + column;
  const float first = p.x[at], second = p.x[at + p.width], dy = p.dy[i];
  p.y[at] = dy * second * slope(first);
  p.y[at + p.width] = dy * gate(first);
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_gelu, PointwiseParameters, kPointwiseThreads) {
  const int64_t i = thread_index();
  if (i < p.count) p.y[i] = gelu(p.a[i]);
}

// a: dy, b: x.
RADDLE_CUDA_GLOBAL(raddle_gelu_grad, PointwiseParameters, kPointwiseThreads) {
  const int64_t i = thread_index();
  if (i < p.count) p.y[i] = p.a[i] * gelu_slope(p.b[i]);
}

RADDLE_CUDA_GLOBAL(raddle_add, PointwiseParameters, kPointwiseThreads) {
  const int64_t i = thread_index();
  if (i >= p.count) return;
  p.y[i] = p.b != nullptr ? p.a[i] + p.scale * p.b[i] : p.scale * p.a[i];
}

RADDLE_CUDA_GLOBAL(raddle_swiglu, GatedParameters, kPointwiseThreads) { gated<silu>(p); }
RADDLE_CUDA_GLOBAL(raddle_swiglu_grad, GatedParameters, kPointwiseThreads) {
  gated_grad<silu, silu_slope>(p);
}
RADDLE_CUDA_GLOBAL(raddle_geglu, GatedParameters, kPointwiseThreads) { gated<gelu>(p); }
RADDLE_CUDA_GLOBAL(raddle_geglu_grad, GatedParameters, kPointwiseThreads) {
  gated_grad<gelu, gelu_slope>(p);
}

RADDLE_CUDA_GLOBAL(raddle_concat, ColumnsParameters, kPointwiseThreads) {
  const int64_t i = thread_index(), width = p.a_width + p.b_width;
  if (i >= p.rows * width) return;
  const int64_t row = i / width, column = i % width;
  p.y[i] = column < p.a_width ? p.a[row * p.a_width + column]
                              : p.b[row * p.b_width + column - p.a_width];
}

RADDLE_CUDA_GLOBAL(raddle_split, ColumnsParameters, kPointwiseThreads) {
  const int64_t i = thread_index(), width = p.a_width + p.b_width;
  if (i >= p.rows * width) return;
  const int64_t row = i / width, column = i % width;
  if (column < p.a_width) {
    p.a[row * p.a_width + column] = p.y[i];
  } else {
    p.b[row * p.b_width + column - p.a_width] = p.y[i];
  }
}

}  // namespace raddle::cuda
