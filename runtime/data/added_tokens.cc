// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/added_tokens.h"

#include <algorithm>

#include "runtime/data/unicode.h"
#include "runtime/data/utf8.h"

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
    longest_ = std::max(longest_, token.content.size());
    takes_space_before_ = takes_space_before_ || token.lstrip;
    looks_back_ = looks_back_ || token.single_word;
    empty_ = false;
  }
  for (auto& entries : by_first_byte_) {
    std::stable_sort(entries.begin(), entries.end(), [](const AddedToken& a, const AddedToken& b) {
      return a.content.size() > b.content.size();
    });
  }
}

bool AddedTokenFinder::next(std::string_view text, bool special, bool more, Cursor& cursor,
                            Match& match) const {
  if (empty_) cursor.search = text.size();
  while (cursor.search < text.size()) {
    const size_t begin = cursor.search;
    if (more && text.size() - begin < longest_ + kLongestCharacter) return false;
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
    if (more && text.size() - match.end < kLongestCharacter) {
      cursor.search = begin;
      return false;
    }
    return true;
  }
  return false;
}

size_t AddedTokenFinder::sure_end(std::string_view text, const Cursor& cursor) const {
  size_t end = cursor.search;
  if (!takes_space_before_) return end;
  // Half a space is one.
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return end - spaces_at_end(text.substr(0, end));
}

}  // namespace raddle::data
