# SPDX-License-Identifier: Apache-2.0
add_library(raddle_test_worlds STATIC ${CMAKE_CURRENT_LIST_DIR}/worlds.cc)
target_link_libraries(raddle_test_worlds PUBLIC raddle_comm GTest::gtest)
if(RADDLE_UCX_INCLUDE_DIR)
  target_compile_definitions(raddle_test_worlds PRIVATE RADDLE_TEST_UCX)
endif()
set(comm_tests sum collectives exchange groups misuse endings traffic)
list(TRANSFORM comm_tests PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
list(TRANSFORM comm_tests APPEND _test.cc)
raddle_test(comm_test SRCS ${comm_tests}
  DEPS raddle_comm raddle_test_worlds raddle_allocation_hook PkgConfig::HWY LABELS cts)

# What goes around a sequence's ranks, on each transport.
raddle_test(ring_exchange_test SRCS ${CMAKE_CURRENT_LIST_DIR}/ring_exchange_test.cc
  DEPS raddle_exec raddle_test_worlds LABELS cts)

# Ranks as processes of a program of their own.
add_executable(comm_rank ${CMAKE_CURRENT_LIST_DIR}/rank_program.cc)
target_link_libraries(comm_rank PRIVATE raddle_comm)
raddle_test(comm_processes_test
  SRCS ${CMAKE_CURRENT_LIST_DIR}/processes_test.cc ${CMAKE_CURRENT_LIST_DIR}/rank_process.cc
  DEPS raddle_comm LABELS cts)
add_dependencies(comm_processes_test comm_rank)
if(RADDLE_UCX_INCLUDE_DIR)
  target_compile_definitions(comm_processes_test PRIVATE RADDLE_TEST_UCX)
endif()

# Alone in its process: UCX is not there before it.
if(RADDLE_UCX_INCLUDE_DIR)
  raddle_test(comm_guest_test SRCS ${CMAKE_CURRENT_LIST_DIR}/guest_test.cc
    DEPS raddle_comm raddle_test_worlds LABELS cts)
endif()

# The same under ThreadSanitizer, which wants all of a program: so the sources of comm, and of base
# what those need, once more. Ranks are threads here, and a memory order that is too weak is a race.
if(NOT RADDLE_SANITIZE)
  get_target_property(comm_tsan_sources raddle_comm SOURCES)
  list(FILTER comm_tsan_sources EXCLUDE REGEX TARGET_OBJECTS)
  get_target_property(comm_tsan_light raddle_comm_light SOURCES)
  list(APPEND comm_tsan_sources ${comm_tsan_light})
  list(TRANSFORM comm_tsan_sources PREPEND ${PROJECT_SOURCE_DIR}/comm/)
  set(comm_tsan_base assert clock dynamic_library file_lock file_system hash log staged_file status)
  list(TRANSFORM comm_tsan_base PREPEND ${PROJECT_SOURCE_DIR}/runtime/base/)
  list(TRANSFORM comm_tsan_base APPEND .cc)
  set(comm_tsan_tests worlds.cc collectives_test.cc exchange_test.cc groups_test.cc endings_test.cc)
  list(TRANSFORM comm_tsan_tests PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
  add_executable(comm_tsan_test ${comm_tsan_sources} ${comm_tsan_base} ${comm_tsan_tests})
  target_link_libraries(comm_tsan_test PRIVATE raddle_flags fmt::fmt PkgConfig::HWY
    GTest::gtest_main GTest::gmock)
  # GCC 12 warns of what it has instrumented itself, as with RADDLE_SANITIZE.
  target_compile_options(comm_tsan_test PRIVATE -fsanitize=thread -g1
    $<$<NOT:$<CONFIG:Debug>>:-O1> -Wno-maybe-uninitialized -Wno-restrict)
  target_compile_definitions(comm_tsan_test PRIVATE
    "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4)")
  if(RADDLE_UCX_INCLUDE_DIR)
    target_compile_definitions(comm_tsan_test PRIVATE RADDLE_TEST_UCX)
    target_include_directories(comm_tsan_test SYSTEM PRIVATE ${RADDLE_UCX_INCLUDE_DIR})
  endif()
  target_link_options(comm_tsan_test PRIVATE -fsanitize=thread)
  add_test(NAME comm_tsan_test COMMAND comm_tsan_test)
  set_tests_properties(comm_tsan_test PROPERTIES LABELS cts TIMEOUT 600
    ENVIRONMENT "TSAN_OPTIONS=halt_on_error=1")
endif()
