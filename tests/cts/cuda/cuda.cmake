# SPDX-License-Identifier: Apache-2.0
# The CUDA column. Here it runs on the stand-in; the same program runs on a GPU (bench/gpu_check.sh).
if(RADDLE_HAS_CUDA)
  raddle_test(cuda_kernels_test SRCS cuda/cuda_elementwise_test.cc
    cuda/cuda_attention_test.cc cuda/cuda_attention_bf16_test.cc DEPS raddle_kernels LABELS cts)
  raddle_on_cuda_standin(cuda_kernels_test)
endif()

# What of the kernels is plain arithmetic, on any machine.
raddle_test(cuda_arithmetic_test SRCS cuda/cuda_attention_ranges_test.cc
  cuda/cuda_matrix_places_test.cc DEPS raddle_base LABELS cts)
