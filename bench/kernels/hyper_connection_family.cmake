# SPDX-License-Identifier: Apache-2.0
add_executable(hyper_connection_bench kernels/hyper_connection_bench.cc)
target_link_libraries(hyper_connection_bench PRIVATE raddle_kernels raddle_test_support
  benchmark::benchmark)
