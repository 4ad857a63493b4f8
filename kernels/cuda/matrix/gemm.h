// SPDX-License-Identifier: Apache-2.0
// Matrix products on a GPU, for all ops that are made of them, and what may carry them out.
#pragma once

#include "kernels/kernel.h"
#include "kernels/matrix/gemm_call.h"

namespace raddle::kernels {

// How products are carried out. `bias` (n) is added to each row of C if it is not null. Whoever
// queues a product gives it scratch_bytes() on a multiple of kCudaScratchAlignment.
struct CudaProducts {
  size_t (*scratch_bytes)(const GemmCall& call);
  Status (*run)(const GemmCall& call, const float* bias, const Launch& launch);
  // What run() would otherwise do when it first meets such a call; null: nothing.
  Status (*prepare)(const GemmCall& call, const float* bias, const Launch& launch);
};

inline constexpr size_t kCudaScratchAlignment = 256;

// Raddle's own device code (gemm.cu): FP32, any shape, A or B or neither stored transposed. The
// inner dimension is cut by the shape alone, where C has too few tiles to fill a GPU.
extern const CudaProducts kOwnProducts;

// Adds parts (count, m, n) in their order: C (m, n) = sum (+ bias) (+ C).
struct PartsCall {
  const float* parts;
  int64_t count;
  const float* bias;
  float* c;
  int64_t m, n, c_stride;
  bool accumulate;
};
Status add_parts(const PartsCall& call, const Launch& launch);

// Whether rows of that stride, in elements, begin on multiples of 16 bytes.
inline bool has_quads(const float* matrix, int64_t stride) {
  return reinterpret_cast<uintptr_t>(matrix) % 16 == 0 && stride % 4 == 0;
}

}  // namespace raddle::kernels
