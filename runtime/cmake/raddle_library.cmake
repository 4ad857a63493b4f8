# SPDX-License-Identifier: Apache-2.0
# raddle_library(NAME SRCS ... LIGHT ... DEPS ...): one layer of the library. A layer is a folder, a
# target, a namespace and a line of tests/tidy/layers.txt. Static, position independent, hidden
# symbols; the shared library is linked from all of them.
# With sanitizers, which make a compiler slow, several sources are compiled as one: what they
# include is looked at once, and an include that is missing is noticed by the other builds. So names
# of different files of a layer differ, in unnamed namespaces too.
# LIGHT are sources whose work is done once, when a model or a run is made, and not in every step or
# for every token: they are optimised lightly, which takes a compiler a quarter less.
if(RADDLE_SANITIZE)
  set(RADDLE_IS_SANITIZED ON)
else()
  set(RADDLE_IS_SANITIZED OFF)
endif()
function(raddle_few_units target wanted)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${wanted} UNITY_BUILD_BATCH_SIZE 8)
endfunction()
set(RADDLE_LIGHT_OPTIMISATION $<$<CONFIG:Release>:-O1>)
function(raddle_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;LIGHT;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SRCS} ${ARG_LIGHT})
  set_source_files_properties(${ARG_LIGHT} PROPERTIES COMPILE_OPTIONS ${RADDLE_LIGHT_OPTIMISATION})
  target_link_libraries(${name} PUBLIC raddle_flags ${ARG_DEPS})
  raddle_few_units(${name} ${RADDLE_IS_SANITIZED})
endfunction()
