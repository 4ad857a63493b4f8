# SPDX-License-Identifier: Apache-2.0
# The CUDA column. Here it runs on the stand-in; the same program runs on a GPU. Sanitizers bring an
# operator new of their own, which finds more here than the heap for GPUs is needed for.
if(RADDLE_HAS_CUDA)
  raddle_test(cuda_kernels_test
    SRCS
      cuda/columns_cuda.cc
      cuda/cuda_attention_bf16_test.cc
      cuda/cuda_attention_test.cc
      cuda/cuda_cross_entropy_bf16_test.cc
      cuda/cuda_cublaslt_test.cc
      cuda/cuda_elementwise_test.cc
      cuda/cuda_embedding_test.cc
      cuda/cuda_hyper_connection_test.cc
      cuda/cuda_matrix_test.cc
      cuda/cuda_norm_test.cc
      cuda/cuda_optimizer_test.cc
      cuda/cuda_rope_test.cc
      cuda/cuda_tile_test.cc
      kernels/hyper_connection_agreement_test.cc
      kernels/hyper_connection_contract_test.cc
      kernels/hyper_connection_mutation_test.cc
      kernels/hyper_connection_property_test.cc
    DEPS raddle_kernels LABELS cts)
  # How often each kernel is run again, to see the same bits: without sanitizers, which take long.
  if(RADDLE_SANITIZE)
    target_compile_definitions(cuda_kernels_test PRIVATE RADDLE_CUDA_REPEATS=0)
  else()
    target_compile_definitions(cuda_kernels_test PRIVATE RADDLE_CUDA_REPEATS=2)
    target_sources(cuda_kernels_test PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/cuda_heap.cc)
  endif()
  raddle_on_cuda_standin(cuda_kernels_test)
endif()

# What of the kernels is plain arithmetic, on any machine.
raddle_test(cuda_arithmetic_test SRCS cuda/cuda_attention_ranges_test.cc
  cuda/cuda_matrix_places_test.cc DEPS raddle_base LABELS cts)
