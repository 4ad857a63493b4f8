# SPDX-License-Identifier: Apache-2.0
# The matrix-product family: linear layers, embedding, fused linear + cross-entropy, optimizer, and
# the machine measurements that speeds are compared with.
list(APPEND RADDLE_KERNEL_SRCS
  lists/linear_list.cc lists/linear_cross_entropy_list.cc lists/embedding_list.cc
  lists/optimizer_list.cc
  ref/linear_ref.cc ref/linear_cross_entropy_ref.cc ref/embedding_ref.cc ref/optimizer_ref.cc
  cpu/instruction_sets.cc cpu/blas.cc cpu/gemm.cc cpu/linear_blas.cc cpu/linear_cpu.cc
  cpu/linear_cross_entropy_blas.cc cpu/embedding_cpu.cc cpu/optimizer_cpu.cc
  cpu/vector_rows.cc cpu/softmax_rows.cc cpu/gemm_yardstick.cc cpu/machine_peaks.cc)

# The run-time loader looks for OpenBLAS below the multiarch folder (cpu/blas.h).
set(RADDLE_MULTIARCH_DEFINITION "RADDLE_MULTIARCH=\"${CMAKE_LIBRARY_ARCHITECTURE}\"")
set_source_files_properties(cpu/blas.cc cpu/gemm_yardstick.cc PROPERTIES COMPILE_DEFINITIONS
  "${RADDLE_MULTIARCH_DEFINITION}")
