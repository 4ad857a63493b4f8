// SPDX-License-Identifier: Apache-2.0
// Finds added tokens in text: the leftmost, and of those that start there the longest.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace raddle::data {

struct AddedToken;

class AddedTokenFinder {
 public:
  explicit AddedTokenFinder(const std::vector<AddedToken>& tokens);

  struct Match {
    size_t begin, end;  // both text.size() when nothing was found
    int32_t id;         // -1 when nothing was found
  };
  // The first token at or after `at`; special ones only with `special`.
  Match find(std::string_view text, size_t at, bool special) const;

 private:
  struct Entry {
    std::string content;
    int32_t id;
    bool special;
  };
  std::array<std::vector<Entry>, 256> by_first_byte_;  // longest first
};

}  // namespace raddle::data
