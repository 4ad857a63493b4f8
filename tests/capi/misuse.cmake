# SPDX-License-Identifier: Apache-2.0
raddle_capi_test(capi_config_test misuse_config_test.cc)
