// SPDX-License-Identifier: Apache-2.0
// What tokenizers need of Unicode: normal forms, and whether text touches a word or a space.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::data {

enum class NormalForm { kNone, kNfc, kNfd, kNfkc, kNfkd };

// What is not valid UTF-8 stays as it is. RESOURCE_EXHAUSTED where memory is short.
StatusOr<std::string> normalized(std::string_view text, NormalForm form);

// Letters, marks, digits, signs and spaces; no controls, halves of pairs, nor codes that Unicode
// leaves to others or to its future.
bool is_character(int32_t code);
bool is_letter_or_mark(char32_t code);

bool ends_with_word(std::string_view text);    // \w$
bool starts_with_word(std::string_view text);  // ^\w
size_t spaces_at_end(std::string_view text);   // bytes of \s*$
size_t spaces_at_start(std::string_view text);

}  // namespace raddle::data
