# SPDX-License-Identifier: Apache-2.0
# Virtual width: read, write, boundary and their gradients.
list(APPEND RADDLE_KERNEL_SRCS
  lists/hyper_connection_list.cc
  ref/hyper_connection.cc
  cpu/hyper_connection_forward.cc
  cpu/hyper_connection_backward.cc)
