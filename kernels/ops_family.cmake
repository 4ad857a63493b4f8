# SPDX-License-Identifier: Apache-2.0
# Norms, rotary positions, attention, pointwise operations, and the normals of a model's start.
foreach(op IN ITEMS norm rope attention elementwise tile)
  list(APPEND RADDLE_KERNEL_SRCS lists/${op}_list.cc ref/${op}_ref.cc)
endforeach()
list(APPEND RADDLE_KERNEL_SRCS cpu/norm_cpu.cc cpu/rope_cpu.cc cpu/elementwise_cpu.cc
     cpu/tile_cpu.cc
     cpu/attention_forward_cpu.cc cpu/attention_backward_cpu.cc cpu/attention_cached_cpu.cc
     cpu/random_fill.cc)
