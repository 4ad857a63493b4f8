# SPDX-License-Identifier: Apache-2.0
# gemm_bench: our tiles beside the libraries with their own threads, each in its own process.
add_executable(raddle_gemm_bench kernels/gemm_bench.cc)
target_link_libraries(raddle_gemm_bench PRIVATE raddle_kernels)
