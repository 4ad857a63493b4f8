# SPDX-License-Identifier: Apache-2.0
add_library(raddle_test_worlds STATIC ${CMAKE_CURRENT_LIST_DIR}/worlds.cc)
target_link_libraries(raddle_test_worlds PUBLIC raddle_comm GTest::gtest)
raddle_test(comm_test
  SRCS ${CMAKE_CURRENT_LIST_DIR}/collectives_test.cc
  DEPS raddle_comm raddle_test_worlds LABELS cts)
