// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace raddle::internal {

void assert_failed(const char* expression, const char* file, int line) {
  // A broken invariant is a bug in Raddle: the one place where the library may write and abort.
  std::fprintf(stderr, "raddle: internal invariant broken: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace raddle::internal
