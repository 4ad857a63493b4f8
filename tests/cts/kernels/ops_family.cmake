# SPDX-License-Identifier: Apache-2.0
# Norms, rotary positions, attention and pointwise operations.
foreach(op IN ITEMS norm rope attention attention_part elementwise tile)
  raddle_test(kernels_${op}_test SRCS kernels/${op}_test.cc DEPS raddle_kernels LABELS cts)
endforeach()
raddle_test(kernels_attention_ring_test SRCS kernels/attention_ring_test.cc
  DEPS raddle_kernels raddle_balance LABELS cts)
raddle_test(kernels_vector_math_test SRCS kernels/vector_math_test.cc DEPS raddle_kernels
  LABELS cts)
target_compile_definitions(kernels_vector_math_test PRIVATE
  "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4)")
raddle_test(kernels_random_fill_test SRCS kernels/random_fill_test.cc DEPS raddle_kernels
  LABELS cts)
