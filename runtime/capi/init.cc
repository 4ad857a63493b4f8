// SPDX-License-Identifier: Apache-2.0
// raddle_X_init(): what the _INIT macros give, for languages without macros.
#include <algorithm>
#include <cstring>

#include "raddle/raddle.h"

namespace {

// A struct of `bytes` as its caller knows it: what the library does not know of it is zero.
void fill(void* out, size_t bytes, const void* defaults, size_t known) {
  if (out == nullptr || bytes < sizeof(size_t)) return;
  std::memset(out, 0, bytes);
  std::memcpy(out, defaults, std::min(bytes, known));
  std::memcpy(out, &bytes, sizeof(bytes));
}

}  // namespace

#define RADDLE_DEFINE_INIT(name, init)                           \
  void name##_init(name##_t* out_struct, size_t struct_bytes) {  \
    const name##_t defaults = init;                              \
    fill(out_struct, struct_bytes, &defaults, sizeof(defaults)); \
  }
#include "runtime/capi/init_structs.inc"
