// SPDX-License-Identifier: Apache-2.0
// Walks the words of a text that comes in parts.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/utf8.h"

namespace raddle::data {

// Hands each word to `on_word`, and each run of bytes that are no characters to `on_other`. With
// `more` the text goes on, and what that may change is left. Returns how many bytes are done with.
template <class OnWord, class OnOther>
StatusOr<size_t> walk_words(WordIterator& iterator, std::string_view text, bool more,
                            OnWord on_word, OnOther on_other) {
  size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    const size_t valid = utf8_valid_prefix(rest);
    // A character that is not whole yet ends nothing.
    const bool open = more && rest.size() - valid < kLongestCharacter;
    iterator.start(rest.substr(0, valid), open);
    std::string_view word;
    while (true) {
      RADDLE_ASSIGN_OR_RETURN(const bool found, iterator.next(&word));
      if (!found) break;
      RADDLE_RETURN_IF_ERROR(on_word(word));
    }
    if (open) return at + iterator.taken();
    at += valid;
    const std::string_view other = rest.substr(valid);
    if (other.empty()) break;
    const size_t invalid = utf8_invalid_prefix(other);
    if (more && invalid == other.size()) break;
    RADDLE_RETURN_IF_ERROR(on_other(other.substr(0, invalid)));
    at += invalid;
  }
  return at;
}

// What is left of a text while its next part is on its way.
class TextRest {
 public:
  // What was left and `part`; good until keep().
  std::string_view join(std::string_view part) {
    if (rest_.empty()) return part;
    return rest_ += part;
  }
  // Keeps what lies behind the first `taken` bytes of what join() gave.
  void keep(std::string_view text, size_t taken) {
    if (text.data() == rest_.data()) {
      rest_.erase(0, taken);
    } else {
      rest_ = text.substr(taken);
    }
  }

 private:
  std::string rest_;
};

}  // namespace raddle::data
