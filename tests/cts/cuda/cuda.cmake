# SPDX-License-Identifier: Apache-2.0
# The CUDA column. Here it runs on the stand-in; the same program runs on a GPU (bench/gpu_check.sh).
if(RADDLE_HAS_CUDA)
  raddle_test(cuda_kernels_test
    SRCS cuda/cuda_elementwise_test.cc cuda/cuda_cublaslt_test.cc cuda/cuda_matrix_test.cc
    DEPS raddle_kernels LABELS cts)
  raddle_on_cuda_standin(cuda_kernels_test)
endif()
