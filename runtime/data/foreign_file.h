// SPDX-License-Identifier: Apache-2.0
// Tells files that are no text by their first bytes, so that nobody trains on them as if they were.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::data {

// UNIMPLEMENTED, naming what `head` (the beginning of the file, unpacked) is and what to do.
// `as_bytes`: the caller asked for the bytes as they are, so zeros and control characters pass;
// what is known by name does not.
Status refuse_foreign(std::string_view head, const std::string& path, bool as_bytes);

// The error for a zero byte at `at` of a text.
Status zero_byte(const std::string& path, size_t at);

}  // namespace raddle::data
