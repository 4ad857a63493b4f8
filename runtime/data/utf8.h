// SPDX-License-Identifier: Apache-2.0
// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace raddle::data {

inline constexpr size_t kLongestCharacter = 4;  // bytes

// Bytes of the longest prefix of `text` that is valid UTF-8; text.size() when all of it is.
size_t utf8_valid_prefix(std::string_view text);

// Bytes at the start of `text` that belong to no character: at least 1, up to the next byte that
// may begin one. Call it where utf8_valid_prefix stopped.
size_t utf8_invalid_prefix(std::string_view text);

}  // namespace raddle::data
