// SPDX-License-Identifier: Apache-2.0
// What a kernel's host side asks before it chooses 16-byte accesses (pack.h).
#pragma once

#include <cstdint>

namespace raddle::kernels {

// Whether rows of `width` floats at these places may be moved 16 bytes at a time. Null: not there.
template <class... Pointers>
bool is_packed(int64_t width, const Pointers*... at) {
  return width % 4 == 0 && ((reinterpret_cast<uintptr_t>(at) % 16 == 0) && ...);
}

}  // namespace raddle::kernels
