// SPDX-License-Identifier: Apache-2.0
#include "tests/support/paths.h"

namespace raddle::test {

const char* source_dir() { return RADDLE_SOURCE_PATH; }
const char* binary_dir() { return RADDLE_BINARY_PATH; }

}  // namespace raddle::test
