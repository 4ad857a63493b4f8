// SPDX-License-Identifier: Apache-2.0
// The printable character that stands for each byte in the vocabulary of a byte-level tokenizer
// (GPT-2's alphabet): printable Latin-1 characters stand for themselves, the other 68 bytes for
// U+0100 onwards.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace raddle::data {

// UTF-8 of the character of each byte.
const std::array<std::string, 256>& byte_alphabet();

std::string bytes_to_alphabet(std::string_view bytes);
// Nothing when `text` has a character that is not in the alphabet.
std::optional<std::string> alphabet_to_bytes(std::string_view text);

}  // namespace raddle::data
