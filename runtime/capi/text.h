// SPDX-License-Identifier: Apache-2.0
// Short texts from callers: names and attributes.
#pragma once

#include <cstring>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::capi {

constexpr size_t kNameBytesMax = 512;
constexpr size_t kAttributesBytesMax = 1 << 16;

// Reads no further than `most` bytes, so that a text without its end is an error and not a walk
// through memory. Null is the empty text.
inline StatusOr<std::string_view> short_text(const char* what, const char* text,
                                             size_t most = kNameBytesMax) {
  const size_t bytes = text == nullptr ? 0 : strnlen(text, most + 1);
  if (bytes <= most) return std::string_view(text == nullptr ? "" : text, bytes);
  return invalid_argument("{} does not end within {} bytes", what, most);
}

}  // namespace raddle::capi
