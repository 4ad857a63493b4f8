// SPDX-License-Identifier: Apache-2.0
// Finds added tokens in text by the rules of Hugging Face's library: the leftmost, and of those
// that start there the longest. One that is passed over (a special one in text that is taken as it
// is, part of a word for a token of single words) hides the shorter ones inside it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace raddle::data {

struct AddedToken {
  int32_t id;
  std::string content;
  bool special;              // not found in text that is encoded with SpecialText::kAsText
  bool lstrip = false;       // takes the space before it
  bool rstrip = false;       // takes the space after it
  bool single_word = false;  // found only where no word touches it
  bool normalized = false;   // looked for after normalizing, in what the others left
  bool in_vocab = false;     // the vocabulary of the model has it too
};

class AddedTokenFinder {
 public:
  AddedTokenFinder() = default;
  explicit AddedTokenFinder(const std::vector<AddedToken>& tokens);
  bool empty() const { return empty_; }

  // Where a walk through a text stands.
  struct Cursor {
    size_t search = 0;  // the next token is looked for from here
    size_t text = 0;    // what has not been handed out begins here

    // Drops what is behind both from the text's beginning; how much that is.
    size_t rebase() {
      const size_t done = std::min(search, text);
      search -= done;
      text -= done;
      return done;
    }
  };
  // The next token, of which the text before it goes from cursor.text to `begin`. A token may begin
  // before cursor.text when the one before took the space that it is made of.
  struct Match {
    size_t begin, end;
    int32_t id;
  };
  // False at the end, when what is left from cursor.text on is text. Special tokens are found only
  // with `special`. With `more` the text goes on, and the end is where a token may begin that is
  // not whole yet.
  bool next(std::string_view text, bool special, bool more, Cursor& cursor, Match& match) const;
  // Then no token takes anything of what lies before this.
  size_t sure_end(std::string_view text, const Cursor& cursor) const;
  // Whether more of the text before a token than spaces may decide what it is.
  bool looks_back() const { return looks_back_; }

 private:
  std::array<std::vector<AddedToken>, 256> by_first_byte_ = {};  // longest first
  size_t longest_ = 0;
  bool empty_ = true, takes_space_before_ = false, looks_back_ = false;
};

}  // namespace raddle::data
