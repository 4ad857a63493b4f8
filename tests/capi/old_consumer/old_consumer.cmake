# SPDX-License-Identifier: Apache-2.0
# A program compiled against the headers as they were at 0.1, run on today's library: its structs
# have the sizes of then, its enums the values of then. old_consumer/include/ is that snapshot and
# is never edited; while 0.1 is unreleased, freeze.sh replaces it when the ABI changes on purpose.
set(old_consumer ${CMAKE_CURRENT_SOURCE_DIR}/old_consumer)
add_executable(capi_old_consumer ${old_consumer}/old_consumer.c)
set_target_properties(capi_old_consumer PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF)
# Not the target's include folder: that one is today's.
target_include_directories(capi_old_consumer PRIVATE ${old_consumer}/include)
target_compile_options(capi_old_consumer PRIVATE -Wall -Wextra -Wpedantic -Werror)
target_link_libraries(capi_old_consumer PRIVATE $<TARGET_FILE:raddle>)
if(RADDLE_SANITIZE)
  target_link_options(capi_old_consumer PRIVATE -fsanitize=${RADDLE_SANITIZE})
endif()
add_dependencies(capi_old_consumer raddle)
add_test(NAME capi_old_consumer COMMAND capi_old_consumer)
set_tests_properties(capi_old_consumer PROPERTIES LABELS capi TIMEOUT 120)
