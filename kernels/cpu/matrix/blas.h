// SPDX-License-Identifier: Apache-2.0
// The libraries behind matrix products: each opened at run time, once per process and only if it is
// asked for, and used as a plain serial sgemm that any number of threads may call at once.
// README.md ("Which GEMM") says which one when, and why. RADDLE_BLAS_LIBRARY names another file to
// open.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernels/kernel.h"
#include "kernels/matrix/gemm_call.h"
#include "runtime/base/status.h"
#include "runtime/device/caps.h"

namespace raddle::kernels {

using device::MatrixLibrary;

// A loaded library.
struct Blas {
  // Row-major, as dnnl_sgemm of oneDNN: C = alpha op(A) op(B) + beta C, operations 'N' or 'T'.
  using DnnlSgemm = int (*)(char transpose_a, char transpose_b, int64_t m, int64_t n, int64_t k,
                            float alpha, const float* a, int64_t lda, const float* b, int64_t ldb,
                            float beta, float* c, int64_t ldc);
  using CblasSgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                              float alpha, const float* a, int lda, const float* b, int ldb,
                              float beta, float* c, int ldc);
  DnnlSgemm dnnl_sgemm = nullptr;  // this one, or
  CblasSgemm cblas_sgemm = nullptr;
  // With OpenBLAS, where it exports them: one packing buffer of its table, which a call holds.
  void* (*openblas_take_buffer)(int position) = nullptr;
  void (*openblas_return_buffer)(void*) = nullptr;
  bool openblas_has_avx2_code = false;  // chosen for this processor
  // With oneDNN: OpenMP's limit for the calling thread, which a call sets to 1 and puts back.
  int (*omp_get_max_threads)() = nullptr;
  void (*omp_set_num_threads)(int) = nullptr;
  std::string name;  // path and version

  // Runs on the calling thread alone. Every size and stride must fit an int (gemm_fits). False: the
  // library got no memory for its packing, and C is undefined.
  bool gemm(const GemmCall& call) const;

 private:
  bool gemm_dnnl(const GemmCall& call) const;
  void gemm_cblas(const GemmCall& call) const;
};

bool gemm_fits(int64_t m, int64_t n, int64_t k);

// Loads on first use; later calls only read. UNAVAILABLE says what was tried and which package to
// install. `library` is not kNone. Thread-safe.
StatusOr<const Blas*> serial_blas(MatrixLibrary library);

// OpenBLAS maps a packing buffer for each of `threads` calls at once; a product that cannot have
// one would never end. RESOURCE_EXHAUSTED: the system does not give them. oneDNN needs none
// beforehand.
Status reserve_blas_buffers(MatrixLibrary library, int threads);

// Does what the library would put off until its first product: oneDNN compiles its code, which
// takes 50 ms. Products may run meanwhile; what fails here fails there again and is reported there.
void warm_up_blas(MatrixLibrary library);

// "onednn", "openblas"; "auto" for none: the values of the option kernels.matrix_library.
std::string_view name_of(MatrixLibrary library);

// For the probe of a kernel that calls `library`.
Verdict uses_library(MatrixLibrary library, const device::DeviceCaps& caps);

// Fills matrix_library and its name from `wanted`, one of those values. auto: the faster one for
// the processor, the other one where that cannot be opened, or none. UNAVAILABLE: the named one
// cannot be opened.
Status choose_matrix_library(std::string_view wanted, device::DeviceCaps& caps);

}  // namespace raddle::kernels
