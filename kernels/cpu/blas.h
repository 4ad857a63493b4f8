// SPDX-License-Identifier: Apache-2.0
// The BLAS behind matrix products: opened once per process at run time, used as a plain serial
// sgemm that any number of threads may call at once. README.md ("Which GEMM") says which build of
// OpenBLAS and why. RADDLE_BLAS_LIBRARY names another file to open.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/device/caps.h"

namespace raddle::kernels {

// One row-major product, C (m, n) = A B + beta C, where A is (m, k), stored (k, m) if transposed,
// and B is (k, n), stored (n, k) if transposed. Strides are in elements of a stored row.
struct GemmCall {
  const float* a;
  const float* b;
  float* c;
  int64_t m, n, k;
  int64_t a_stride, b_stride, c_stride;
  bool a_transposed, b_transposed;
  float beta;
};

// The loaded library.
struct Blas {
  using CblasSgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                              float alpha, const float* a, int lda, const float* b, int ldb,
                              float beta, float* c, int ldc);
  CblasSgemm cblas_sgemm = nullptr;
  std::string name;  // path and build string

  // Runs on the calling thread alone. Every size and stride must fit an int (gemm_fits).
  void gemm(const GemmCall& call) const;
};

bool gemm_fits(int64_t m, int64_t n, int64_t k);

// Null when no usable library was found; serial_blas_error() then says what was tried and which
// package to install. Loads on first use; later calls only read. Thread-safe.
const Blas* serial_blas();
const std::string& serial_blas_error();

// Fills has_blas and blas_name.
void describe_blas(device::DeviceCaps& caps);

}  // namespace raddle::kernels
