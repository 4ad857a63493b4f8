# SPDX-License-Identifier: Apache-2.0
raddle_test(gemm_family_test
  SRCS kernels/linear_test.cc kernels/blas_test.cc kernels/gemm_tiling_test.cc
       kernels/embedding_test.cc
       kernels/linear_cross_entropy_test.cc kernels/optimizer_test.cc
  DEPS raddle_kernels LABELS cts)
