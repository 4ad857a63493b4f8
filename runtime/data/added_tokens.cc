// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/added_tokens.h"

#include <algorithm>

#include "runtime/data/bpe_tokenizer.h"

namespace raddle::data {

AddedTokenFinder::AddedTokenFinder(const std::vector<AddedToken>& tokens) {
  for (const AddedToken& token : tokens) {
    if (token.content.empty()) continue;
    by_first_byte_[static_cast<unsigned char>(token.content[0])].push_back(
        {token.content, token.id, token.special});
  }
  for (auto& entries : by_first_byte_) {
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return a.content.size() > b.content.size();
    });
  }
}

AddedTokenFinder::Match AddedTokenFinder::find(std::string_view text, size_t at,
                                               bool special) const {
  for (; at < text.size(); ++at) {
    for (const Entry& entry : by_first_byte_[static_cast<unsigned char>(text[at])]) {
      if (entry.special && !special) continue;
      if (text.substr(at).starts_with(entry.content)) {
        return {at, at + entry.content.size(), entry.id};
      }
    }
  }
  return {text.size(), text.size(), -1};
}

}  // namespace raddle::data
