// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/added_tokens.h"

#include <algorithm>

#include "runtime/data/unicode.h"

namespace raddle::data {
namespace {

bool is_part_of_word(std::string_view text, size_t begin, size_t end) {
  return ends_with_word(text.substr(0, begin)) || starts_with_word(text.substr(end));
}

}  // namespace

AddedTokenFinder::AddedTokenFinder(const std::vector<AddedToken>& tokens) {
  for (const AddedToken& token : tokens) {
    if (token.content.empty()) continue;
    by_first_byte_[static_cast<unsigned char>(token.content[0])].push_back(token);
    empty_ = false;
  }
  for (auto& entries : by_first_byte_) {
    std::stable_sort(entries.begin(), entries.end(), [](const AddedToken& a, const AddedToken& b) {
      return a.content.size() > b.content.size();
    });
  }
}

bool AddedTokenFinder::next(std::string_view text, bool special, Cursor& cursor,
                            Match& match) const {
  while (!empty_ && cursor.search < text.size()) {
    const size_t begin = cursor.search;
    const auto& entries = by_first_byte_[static_cast<unsigned char>(text[begin])];
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const AddedToken& token) {
      return text.substr(begin).starts_with(token.content);
    });
    if (found == entries.end()) {
      ++cursor.search;
      continue;
    }
    const size_t end = cursor.search = begin + found->content.size();
    if (found->special && !special) continue;
    if (found->single_word && is_part_of_word(text, begin, end)) continue;
    match = {begin, end, found->id};
    if (found->lstrip) {
      match.begin = std::max(begin - spaces_at_end(text.substr(0, begin)), cursor.text);
    }
    if (found->rstrip) match.end += spaces_at_start(text.substr(end));
    return true;
  }
  return false;
}

}  // namespace raddle::data
