// SPDX-License-Identifier: Apache-2.0
// Matrix products on a GPU, for all ops that are made of them, and what may carry them out.
#pragma once

#include "kernels/bf16.h"
#include "kernels/kernel.h"
#include "kernels/matrix/gemm_call.h"

namespace raddle::kernels {

enum class Element : uint8_t { kFloat, kBf16 };
constexpr Element element_of(const float*) { return Element::kFloat; }
constexpr Element element_of(const Bf16*) { return Element::kBf16; }

// A GemmCallOf with its types as values: A and B are of `operands`, C of `result`, which is that
// type or float. `bias` (n), of C's type, is added to each row of C if it is not null. Sums are in
// float, rounded once.
struct CudaProduct {
  const void* a;
  const void* b;
  const void* bias;
  void* c;
  Element operands, result;
  int64_t m, n, k;
  int64_t a_stride, b_stride, c_stride;
  bool a_transposed, b_transposed;
  float beta;
};

template <class T, class Result>
CudaProduct cuda_product(const GemmCallOf<T, Result>& call, const Result* bias = nullptr) {
  return {.a = call.a,
          .b = call.b,
          .bias = bias,
          .c = call.c,
          .operands = element_of(call.a),
          .result = element_of(call.c),
          .m = call.m,
          .n = call.n,
          .k = call.k,
          .a_stride = call.a_stride,
          .b_stride = call.b_stride,
          .c_stride = call.c_stride,
          .a_transposed = call.a_transposed,
          .b_transposed = call.b_transposed,
          .beta = call.beta};
}

// How products are carried out. Whoever queues one gives it scratch_bytes() on a multiple of
// kCudaScratchAlignment.
struct CudaProducts {
  size_t (*scratch_bytes)(const CudaProduct& product);
  Status (*run)(const CudaProduct& product, const Launch& launch);
  // What run() would otherwise do when it first meets such a product; null: nothing.
  Status (*prepare)(const CudaProduct& product, const Launch& launch);
};

inline constexpr size_t kCudaScratchAlignment = 256;

// Raddle's own device code (gemm.cu, gemm_bf16.cu): any shape, A or B or neither stored transposed.
// The inner dimension is cut by the shape alone, where C has too few tiles to fill a GPU.
extern const CudaProducts kOwnProducts;

// Adds parts (count, m, n) in their order: C (m, n) = sum (+ bias) (+ C).
template <class T>
struct PartsCallOf {
  const float* parts;
  int64_t count;
  const T* bias;
  T* c;
  int64_t m, n, c_stride;
  bool accumulate;
};
Status add_parts(const PartsCallOf<float>& call, const Launch& launch);
Status add_parts(const PartsCallOf<Bf16>& call, const Launch& launch);

// Whether rows of that stride, in elements, begin on multiples of 16 bytes.
template <class T>
bool has_packs(const T* matrix, int64_t stride) {
  return reinterpret_cast<uintptr_t>(matrix) % 16 == 0 &&
         stride % static_cast<int64_t>(16 / sizeof(T)) == 0;
}

}  // namespace raddle::kernels
