// SPDX-License-Identifier: Apache-2.0
// Pointwise kernels (ops/elementwise.h). They move memory and little else.
#include "kernels/cuda/elementwise.h"

#include "kernels/cuda/pack.h"

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

// y = of(a, b), element by element; without b it counts as zero.
template <class T, int kLanes, class Of>
RADDLE_CUDA_DEVICE void each_pack(const PointwiseParameters<T>& p, const Of& of) {
  const int64_t at = thread_index() * kLanes;
  if (at >= p.count) return;
  Pack<kLanes> a = load_pack<kLanes>(p.a + at);
  const Pack<kLanes> b = p.b != nullptr ? load_pack<kLanes>(p.b + at) : pack_of<kLanes>(0);
#pragma unroll
  for (int j = 0; j < kLanes; ++j) a.at[j] = of(a.at[j], b.at[j]);
  store_pack(p.y + at, a);
}
template <class T, class Of>
RADDLE_CUDA_DEVICE void pointwise(const PointwiseParameters<T>& p, const Of& of) {
  p.packed ? each_pack<T, kPackOf<T>>(p, of) : each_pack<T, 1>(p, of);
}

template <class T>
RADDLE_CUDA_DEVICE void gelu_forward(const PointwiseParameters<T>& p) {
  pointwise(p, [](float x, float) { return gelu(x); });
}
template <class T>
RADDLE_CUDA_DEVICE void gelu_backward(const PointwiseParameters<T>& p) {  // a: dy, b: x
  pointwise(p, [](float dy, float x) { return dy * gelu_slope(x); });
}
template <class T>
RADDLE_CUDA_DEVICE void add(const PointwiseParameters<T>& p) {
  pointwise(p,
            [&](float a, float b) { return p.b != nullptr ? fmaf(p.scale, b, a) : p.scale * a; });
}

// Where the thread's pack of the narrow matrix is in the wide one, and in its own; -1: none.
struct GatedPlace {
  int64_t wide, narrow;
};
template <int kLanes>
RADDLE_CUDA_DEVICE GatedPlace gated_place(int64_t rows, int64_t width) {
  const int64_t narrow = thread_index() * kLanes;
  if (narrow >= rows * width) return {-1, -1};
  return {narrow + narrow / width * width, narrow};
}

// y = gate(x[:, :width]) * x[:, width:].
template <float gate(float), int kLanes, class T>
RADDLE_CUDA_DEVICE void gated_pack(const GatedParameters<T>& p) {
  const GatedPlace at = gated_place<kLanes>(p.rows, p.width);
  if (at.narrow < 0) return;
  Pack<kLanes> first = load_pack<kLanes>(p.x + at.wide);
  const Pack<kLanes> second = load_pack<kLanes>(p.x + at.wide + p.width);
#pragma unroll
  for (int j = 0; j < kLanes; ++j) first.at[j] = gate(first.at[j]) * second.at[j];
  store_pack(p.y + at.narrow, first);
}
template <float gate(float), class T>
RADDLE_CUDA_DEVICE void gated(const GatedParameters<T>& p) {
  p.packed ? gated_pack<gate, kPackOf<T>>(p) : gated_pack<gate, 1>(p);
}

template <float gate(float), float slope(float), int kLanes, class T>
RADDLE_CUDA_DEVICE void gated_grad_pack(const GatedParameters<T>& p) {
  const GatedPlace at = gated_place<kLanes>(p.rows, p.width);
  if (at.narrow < 0) return;
  Pack<kLanes> first = load_pack<kLanes>(p.x + at.wide);
  Pack<kLanes> second = load_pack<kLanes>(p.x + at.wide + p.width);
  const Pack<kLanes> dy = load_pack<kLanes>(p.dy + at.narrow);
#pragma unroll
  for (int j = 0; j < kLanes; ++j) {
    const float dfirst = dy.at[j] * second.at[j] * slope(first.at[j]);
    second.at[j] = dy.at[j] * gate(first.at[j]);
    first.at[j] = dfirst;
  }
  store_pack(p.y + at.wide, first);
  store_pack(p.y + at.wide + p.width, second);
}
template <float gate(float), float slope(float), class T>
RADDLE_CUDA_DEVICE void gated_grad(const GatedParameters<T>& p) {
  p.packed ? gated_grad_pack<gate, slope, kPackOf<T>>(p) : gated_grad_pack<gate, slope, 1>(p);
}

// Between the wide matrix and the two narrow ones, which way `move(wide, narrow)` says.
template <class Word, class Move>
RADDLE_CUDA_DEVICE void each_word(const ColumnsParameters& p, const Move& move) {
  const int64_t i = thread_index(), width = p.a_width + p.b_width;
  if (i >= p.rows * width) return;
  const int64_t row = i / width, column = i - row * width;
  Word* const narrow = column < p.a_width
                           ? static_cast<Word*>(p.a) + row * p.a_width + column
                           : static_cast<Word*>(p.b) + row * p.b_width + column - p.a_width;
  move(static_cast<Word*>(p.y) + i, narrow);
}
template <class Move>
RADDLE_CUDA_DEVICE void columns(const ColumnsParameters& p, const Move& move) {
  if (p.word_bytes == 16) {
    each_word<uint4>(p, move);
  } else if (p.word_bytes == 4) {
    each_word<uint32_t>(p, move);
  } else {
    each_word<uint16_t>(p, move);
  }
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_gelu, PointwiseParameters<float>, kPointwiseThreads) { gelu_forward(p); }
RADDLE_CUDA_GLOBAL(raddle_gelu_bf16, PointwiseParameters<Bf16>, kPointwiseThreads) {
  gelu_forward(p);
}
RADDLE_CUDA_GLOBAL(raddle_gelu_grad, PointwiseParameters<float>, kPointwiseThreads) {
  gelu_backward(p);
}
RADDLE_CUDA_GLOBAL(raddle_gelu_grad_bf16, PointwiseParameters<Bf16>, kPointwiseThreads) {
  gelu_backward(p);
}
RADDLE_CUDA_GLOBAL(raddle_add, PointwiseParameters<float>, kPointwiseThreads) { add(p); }
RADDLE_CUDA_GLOBAL(raddle_add_bf16, PointwiseParameters<Bf16>, kPointwiseThreads) { add(p); }

RADDLE_CUDA_GLOBAL(raddle_swiglu, GatedParameters<float>, kPointwiseThreads) { gated<silu>(p); }
RADDLE_CUDA_GLOBAL(raddle_swiglu_bf16, GatedParameters<Bf16>, kPointwiseThreads) { gated<silu>(p); }
RADDLE_CUDA_GLOBAL(raddle_swiglu_grad, GatedParameters<float>, kPointwiseThreads) {
  gated_grad<silu, silu_slope>(p);
}
RADDLE_CUDA_GLOBAL(raddle_swiglu_grad_bf16, GatedParameters<Bf16>, kPointwiseThreads) {
  gated_grad<silu, silu_slope>(p);
}
RADDLE_CUDA_GLOBAL(raddle_geglu, GatedParameters<float>, kPointwiseThreads) { gated<gelu>(p); }
RADDLE_CUDA_GLOBAL(raddle_geglu_bf16, GatedParameters<Bf16>, kPointwiseThreads) { gated<gelu>(p); }
RADDLE_CUDA_GLOBAL(raddle_geglu_grad, GatedParameters<float>, kPointwiseThreads) {
  gated_grad<gelu, gelu_slope>(p);
}
RADDLE_CUDA_GLOBAL(raddle_geglu_grad_bf16, GatedParameters<Bf16>, kPointwiseThreads) {
  gated_grad<gelu, gelu_slope>(p);
}

RADDLE_CUDA_GLOBAL(raddle_concat, ColumnsParameters, kPointwiseThreads) {
  columns(p, [](auto* wide, const auto* narrow) { *wide = *narrow; });
}
RADDLE_CUDA_GLOBAL(raddle_split, ColumnsParameters, kPointwiseThreads) {
  columns(p, [](const auto* wide, auto* narrow) { *narrow = *wide; });
}

}  // namespace raddle::cuda
