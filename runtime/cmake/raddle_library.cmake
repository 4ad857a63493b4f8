# SPDX-License-Identifier: Apache-2.0
# raddle_library(NAME SRCS ... LIGHT ... DEPS ...): one layer of the library. A layer is a folder, a
# target, a namespace and a line of tests/tidy/layers.txt. Static, position independent, hidden
# symbols; the shared library is linked from all of them.
# LIGHT are sources whose work is done once, when a model or a run is made, and not in every step or
# for every token: they are optimised lightly, which takes a compiler a quarter less.
set(RADDLE_LIGHT_OPTIMISATION $<$<CONFIG:Release>:-O1>)
function(raddle_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;LIGHT;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SRCS} ${ARG_LIGHT})
  set_source_files_properties(${ARG_LIGHT} PROPERTIES COMPILE_OPTIONS ${RADDLE_LIGHT_OPTIMISATION})
  target_link_libraries(${name} PUBLIC raddle_flags ${ARG_DEPS})
endfunction()
