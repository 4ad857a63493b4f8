// SPDX-License-Identifier: Apache-2.0
// Instructions that CUDA C++ has no name for. Part of language.h; tests/cuda_standin has the same
// names for the host.
#pragma once

#include <cstdint>

// Four 8 x 8 matrices of 16-bit elements from shared memory: lane i gives the address of row i % 8
// of matrix i / 8; matrix m comes in to[m], two neighbours of row lane / 4 in each lane.
__device__ __forceinline__ void raddle_load_matrices(const void* row, uint32_t (&to)[4]) {
  const auto at = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(at)
               : "memory");
}

// The same, with each matrix transposed on its way.
__device__ __forceinline__ void raddle_load_transposed(const void* row, uint32_t (&to)[4]) {
  const auto at = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(at)
               : "memory");
}

// sums (16 x 8) += a (16 x 16) b (16 x 8), BF16 with sums in float; mma.h says who holds what.
__device__ __forceinline__ void raddle_mma_bf16(const uint32_t (&a)[4], uint32_t b0, uint32_t b1,
                                                float (&sums)[4]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Two floats rounded to BF16, to the nearest even one; `low` comes first in memory.
__device__ __forceinline__ uint32_t raddle_bf16_pair(float low, float high) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

// One of them.
__device__ __forceinline__ uint16_t raddle_bf16(float value) {
  uint16_t bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}

// Begins to copy 16 bytes from device to shared memory, or to clear them. What a thread has begun
// has come for it after its raddle_wait_for_copies(), and for others after a barrier behind that.
__device__ __forceinline__ void raddle_begin_copy(void* to, const void* from, bool clear) {
  const auto at = static_cast<uint32_t>(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
               :
               : "r"(at), "l"(__cvta_generic_to_global(from)), "r"(clear ? 0 : 16)
               : "memory");
}
__device__ __forceinline__ void raddle_wait_for_copies() {
  asm volatile("cp.async.wait_all;" : : : "memory");
}
