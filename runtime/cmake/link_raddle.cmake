# SPDX-License-Identifier: Apache-2.0
# The forms in which the objects of the library are linked:
#   raddle                 libraddle.so, on the shared libraries of the system
#   raddle_self_contained  libraddle.so that needs glibc alone, for wheels, jars and the like; with
#                          RADDLE_SELF_CONTAINED it is what `raddle` is
#   raddle_static          libraddle.a: one object that shows the C ABI alone
option(RADDLE_SELF_CONTAINED "Link into libraddle.so all but glibc, with hidden symbols" OFF)

# The static forms of libraries that Debian has in both. Of fmt, toml++ and Highway it has headers
# alone; *_definitions.cc are made of those.
set(names pcre2-8 zstd z utf8proc uv_a sodium)
set(packages libpcre2-dev libzstd-dev zlib1g-dev libutf8proc-dev libuv1-dev libsodium-dev)
foreach(name package IN ZIP_LISTS names packages)
  find_library(RADDLE_STATIC_${name} lib${name}.a)
  if(RADDLE_STATIC_${name})
    list(APPEND RADDLE_STATIC_LIBRARIES ${RADDLE_STATIC_${name}})
  else()
    list(APPEND RADDLE_STATIC_MISSING "lib${name}.a (on Debian in ${package})")
  endif()
endforeach()

# Without them the forms that are made of them are left out.
if(RADDLE_STATIC_MISSING)
  list(JOIN RADDLE_STATIC_MISSING ", " missing)
  if(RADDLE_SELF_CONTAINED)
    message(FATAL_ERROR "RADDLE_SELF_CONTAINED needs static libraries that are not found: "
      "${missing}. Install them and configure again, or set it to OFF to link the shared ones")
  endif()
  message(STATUS "raddle_static and raddle_self_contained are left out, for want of ${missing}")
endif()

# libuv's variables of the C library by other names: runtime/control/uv_definitions.cc says why.
if(RADDLE_STATIC_uv_a)
  set(RADDLE_UV_LOCAL ${PROJECT_BINARY_DIR}/lib/libuv_local.a)
  add_custom_command(OUTPUT ${RADDLE_UV_LOCAL}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/lib
    COMMAND ${CMAKE_OBJCOPY} --redefine-sym environ=uv_local_environ
      --redefine-sym stderr=uv_local_stderr --redefine-sym in6addr_any=uv_local_in6addr_any
      ${RADDLE_STATIC_uv_a} ${RADDLE_UV_LOCAL}
    DEPENDS ${RADDLE_STATIC_uv_a} VERBATIM)
  add_custom_target(raddle_uv_local DEPENDS ${RADDLE_UV_LOCAL})
  list(TRANSFORM RADDLE_STATIC_LIBRARIES REPLACE "^.*/libuv_a[.]a$" ${RADDLE_UV_LOCAL})
endif()

add_library(raddle_definitions OBJECT EXCLUDE_FROM_ALL
  ${PROJECT_SOURCE_DIR}/runtime/base/fmt_definitions.cc
  ${PROJECT_SOURCE_DIR}/runtime/control/uv_definitions.cc
  ${PROJECT_SOURCE_DIR}/runtime/config/toml_definitions.cc
  ${PROJECT_SOURCE_DIR}/kernels/cpu/machine/highway_definitions.cc)
target_compile_options(raddle_definitions PRIVATE -fno-gnu-unique)

function(raddle_show_the_abi_alone target)
  set_target_properties(${target} PROPERTIES SOVERSION ${PROJECT_VERSION_MAJOR}
    VERSION ${PROJECT_VERSION} LINK_DEPENDS ${PROJECT_SOURCE_DIR}/runtime/capi/raddle.map)
  target_link_options(${target} PRIVATE
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/runtime/capi/raddle.map -Wl,--no-undefined
    -Wl,-Bsymbolic-functions)
endfunction()

# Archives by file, since the targets bring the shared libraries along.
function(raddle_link_self_contained target)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:raddle_definitions>)
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc
    -Wl,--exclude-libs,ALL -Wl,--gc-sections)
  add_dependencies(${target} raddle_uv_local)
  target_link_libraries(${target} PRIVATE -Wl,--start-group)
  foreach(layer IN LISTS RADDLE_LIBRARY_LAYERS)
    target_link_libraries(${target} PRIVATE $<TARGET_FILE:${layer}>)
    add_dependencies(${target} ${layer})
  endforeach()
  target_link_libraries(${target} PRIVATE -Wl,--end-group ${RADDLE_STATIC_LIBRARIES}
    Threads::Threads ${CMAKE_DL_LIBS})
endfunction()

raddle_show_the_abi_alone(raddle)
if(RADDLE_SELF_CONTAINED)
  raddle_link_self_contained(raddle)
else()
  target_link_libraries(raddle PRIVATE raddle_flags ${RADDLE_LIBRARY_LAYERS})
endif()
if(NOT RADDLE_SANITIZE AND NOT RADDLE_STATIC_MISSING)
  add_library(raddle_self_contained SHARED $<TARGET_OBJECTS:raddle_capi>)
  set_target_properties(raddle_self_contained PROPERTIES OUTPUT_NAME raddle
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/self-contained
    EXCLUDE_FROM_ALL $<NOT:$<BOOL:${RADDLE_BUILD_TESTS}>>)
  raddle_show_the_abi_alone(raddle_self_contained)
  raddle_link_self_contained(raddle_self_contained)
endif()

# One relocatable object, so that nothing but the ABI can clash with what else a program links. It
# needs the C++ library, which raddle.pc names for `pkg-config --static`.
if(NOT RADDLE_SANITIZE AND NOT RADDLE_STATIC_MISSING)
  list(TRANSFORM RADDLE_LIBRARY_LAYERS REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE archives)
  set(static_dir ${PROJECT_BINARY_DIR}/static)
  file(MAKE_DIRECTORY ${static_dir})
  add_custom_command(OUTPUT ${static_dir}/libraddle.a
    COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o raddle.o
      $<TARGET_OBJECTS:raddle_capi> $<TARGET_OBJECTS:raddle_definitions>
      --start-group ${archives} --end-group ${RADDLE_STATIC_LIBRARIES}
    COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=raddle_* raddle.o
    COMMAND ${CMAKE_COMMAND} -E rm -f libraddle.a
    COMMAND ${CMAKE_AR} qc libraddle.a raddle.o
    COMMAND ${CMAKE_RANLIB} libraddle.a
    DEPENDS raddle_capi raddle_definitions raddle_uv_local ${RADDLE_UV_LOCAL}
      $<TARGET_OBJECTS:raddle_capi>
      $<TARGET_OBJECTS:raddle_definitions> ${RADDLE_LIBRARY_LAYERS}
    WORKING_DIRECTORY ${static_dir} COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(raddle_static ALL DEPENDS ${static_dir}/libraddle.a)
endif()
