# SPDX-License-Identifier: Apache-2.0
# raddle_library(NAME SRCS ... DEPS ...): one layer of the library. A layer is a folder, a target, a
# namespace and a line of tests/tidy/layers.txt. Static, position independent, hidden symbols; the
# shared library is linked from all of them.
function(raddle_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SRCS})
  target_link_libraries(${name} PUBLIC raddle_flags ${ARG_DEPS})
endfunction()
