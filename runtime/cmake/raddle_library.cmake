# SPDX-License-Identifier: Apache-2.0
# raddle_library(NAME SRCS ... LIGHT ... DEPS ...): one layer of the library. A layer is a folder, a
# target, a namespace and a line of tests/tidy/layers.txt. Static, position independent, hidden
# symbols; the shared library is linked from all of them.
# LIGHT are sources whose work is done once, when a model or a run is made, and not in every step or
# for every token: they are optimised lightly, which takes a compiler a quarter less.
# Several sources are compiled as one, so that what they include is looked at once. So names of
# different files of a layer differ, in unnamed namespaces too. Who works on one file turns it off.
option(RADDLE_FEW_UNITS "Compile several sources as one: quick from scratch, slow after an edit" ON)
function(raddle_few_units target wanted)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${wanted} UNITY_BUILD_BATCH_SIZE 8)
endfunction()
set(RADDLE_LIGHT_OPTIMISATION $<$<CONFIG:Release>:-O1>)
function(raddle_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;LIGHT;DEPS" ${ARGN})
  set(parts ${name})
  if(ARG_LIGHT)
    list(APPEND ARG_SRCS $<TARGET_OBJECTS:${name}_light>)
    add_library(${name}_light OBJECT ${ARG_LIGHT})
    target_compile_options(${name}_light PRIVATE ${RADDLE_LIGHT_OPTIMISATION})
    list(APPEND parts ${name}_light)
  endif()
  add_library(${name} STATIC ${ARG_SRCS})
  foreach(part IN LISTS parts)
    target_link_libraries(${part} PUBLIC raddle_flags ${ARG_DEPS})
    raddle_few_units(${part} ${RADDLE_FEW_UNITS})
  endforeach()
endfunction()
