// SPDX-License-Identifier: Apache-2.0
// RADDLE_ASSERT: programmer errors. On in release builds; never reached by user input, which gets a
// Status instead.
#pragma once

namespace raddle::internal {
[[noreturn]] void assert_failed(const char* expression, const char* file, int line);
}  // namespace raddle::internal

#define RADDLE_ASSERT(expression)      \
  ((expression) ? static_cast<void>(0) \
                : ::raddle::internal::assert_failed(#expression, __FILE__, __LINE__))
