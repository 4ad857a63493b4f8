// SPDX-License-Identifier: Apache-2.0
// Short texts from callers: names and attributes.
#pragma once

#include <cstdint>
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

// A text of `bytes`. A count that was negative before it became a size_t is refused, not walked.
inline StatusOr<std::string_view> long_text(const char* text, size_t bytes) {
  if (bytes <= static_cast<size_t>(PTRDIFF_MAX)) return std::string_view(text, bytes);
  return invalid_argument("text_bytes is {}, expected at most {}: no text is longer", bytes,
                          PTRDIFF_MAX);
}

}  // namespace raddle::capi
