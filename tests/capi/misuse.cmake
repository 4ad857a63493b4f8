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
