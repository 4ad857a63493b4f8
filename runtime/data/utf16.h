// SPDX-License-Identifier: Apache-2.0
// UTF-16 and UTF-32 without a byte order mark, told by what their units would be.
#pragma once

#include <string_view>

namespace raddle::data {

// "UTF-16LE" or "UTF-16BE" where `head`, the first bytes of a file, is text in one of them; else
// "". Meant for what is no UTF-8: some text of one byte a character looks like it.
std::string_view utf16_kind(std::string_view head);
// The same for "UTF-32LE" and "UTF-32BE", which looks like nothing else.
std::string_view utf32_kind(std::string_view head);

}  // namespace raddle::data
