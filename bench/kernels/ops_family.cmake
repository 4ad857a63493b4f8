# SPDX-License-Identifier: Apache-2.0
add_executable(ops_bench kernels/ops_bench.cc)
target_link_libraries(ops_bench PRIVATE raddle_kernels raddle_test_support benchmark::benchmark)
