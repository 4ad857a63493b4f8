# SPDX-License-Identifier: Apache-2.0
add_library(raddle_test_worlds STATIC ${CMAKE_CURRENT_LIST_DIR}/worlds.cc)
target_link_libraries(raddle_test_worlds PUBLIC raddle_comm GTest::gtest)
set(comm_tests collectives exchange groups misuse endings traffic)
list(TRANSFORM comm_tests PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
list(TRANSFORM comm_tests APPEND _test.cc)
raddle_test(comm_test SRCS ${comm_tests}
  DEPS raddle_comm raddle_test_worlds raddle_allocation_hook LABELS cts)

# Ranks as processes of a program of their own.
add_executable(comm_rank ${CMAKE_CURRENT_LIST_DIR}/rank_program.cc)
target_link_libraries(comm_rank PRIVATE raddle_comm)
raddle_test(comm_processes_test
  SRCS ${CMAKE_CURRENT_LIST_DIR}/processes_test.cc ${CMAKE_CURRENT_LIST_DIR}/rank_process.cc
  DEPS raddle_comm LABELS cts)
add_dependencies(comm_processes_test comm_rank)
