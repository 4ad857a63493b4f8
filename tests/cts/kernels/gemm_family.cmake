# SPDX-License-Identifier: Apache-2.0
raddle_test(gemm_family_test
  SRCS kernels/linear_test.cc kernels/blas_test.cc
  DEPS raddle_kernels LABELS cts)
