# SPDX-License-Identifier: Apache-2.0
# One program a part of the ABI, so that a failure says which.
raddle_capi_test(capi_config_test misuse_config_test.cc)
foreach(part IN ITEMS graph session)
  if(EXISTS ${PROJECT_SOURCE_DIR}/runtime/capi/${part}.cc)
    raddle_capi_test(capi_${part}_test misuse_${part}_test.cc)
  endif()
endforeach()
if(EXISTS ${PROJECT_SOURCE_DIR}/runtime/capi/session.cc)
  raddle_capi_test(capi_inputs_test misuse_inputs_test.cc)
endif()
raddle_capi_test(capi_busy_test busy_test.cc)
raddle_capi_test(capi_stop_test stop_test.cc)
raddle_capi_test(capi_operation_test operation_test.cc)
raddle_capi_test(capi_init_test init_test.cc)
raddle_capi_test(capi_mesh_test mesh_test.cc)
raddle_capi_test(capi_world_test world_test.cc)

add_executable(capi_exit_program exit_program.cc)
target_link_libraries(capi_exit_program PRIVATE raddle raddle_flags)
add_test(NAME capi_exit COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/exit_test.py
  $<TARGET_FILE:capi_exit_program>)
set_tests_properties(capi_exit PROPERTIES LABELS capi TIMEOUT 300)
raddle_capi_test(capi_steps_test steps_test.cc)

raddle_capi_test(capi_allocation_test allocation_test.cc)
target_link_libraries(capi_allocation_test PRIVATE raddle_allocation_hook)
