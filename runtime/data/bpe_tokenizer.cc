// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/bpe_tokenizer.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/base/log.h"
#include "runtime/data/added_tokens.h"
#include "runtime/data/byte_alphabet.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/special_tokens.h"
#include "runtime/data/tokenizer_json.h"
#include "runtime/data/utf8.h"
#include "runtime/data/word_cache.h"

namespace raddle::data {
namespace {

constexpr size_t kPieceIds = 1 << 16;

uint64_t fingerprint_of(const BpeSpec& spec, const std::vector<AddedToken>& normalized_added) {
  StreamingHash hash;
  const auto add = [&](const void* data, size_t bytes) {
    hash.update(&bytes, sizeof(bytes));
    hash.update(data, bytes);
  };
  const auto add_text = [&](const std::string& text) { add(text.data(), text.size()); };
  for (const std::string& token : spec.tokens) add_text(token);
  for (const BpeMerge& merge : spec.merges) add(&merge, sizeof(merge));
  for (const AddedToken& token : spec.added) {
    add(&token.id, sizeof(token.id));
    add_text(token.content);
    for (const auto& [rule, set] : {std::pair{"lstrip", token.lstrip},
                                    {"rstrip", token.rstrip},
                                    {"single_word", token.single_word},
                                    {"found in documents", !token.special},
                                    {"normalized", token.normalized},
                                    {"in_vocab", token.in_vocab}}) {
      if (set) add_text(rule);
    }
  }
  for (const SplitRule& split : spec.patterns) {
    add_text(split.pattern);
    if (split.behavior == SplitBehavior::kIsolated) continue;
    add(&split.behavior, sizeof(split.behavior));
    add(&split.invert, sizeof(split.invert));
  }
  add(&spec.whole_words, sizeof(spec.whole_words));
  // What most tokenizers do not have leaves the hash as it was before there was such a thing.
  if (spec.normal_form != NormalForm::kNone) add(&spec.normal_form, sizeof(spec.normal_form));
  if (spec.prefix_space) add_text("prefix_space");
  if (spec.prefix_space && spec.prefix_behind > 0) {
    add(&spec.prefix_behind, sizeof(spec.prefix_behind));
  }
  for (const AddedToken& token : normalized_added) {
    const bool as_it_is = std::any_of(spec.added.begin(), spec.added.end(), [&](const auto& given) {
      return given.id == token.id && given.content == token.content;
    });
    if (!as_it_is) add_text(token.content);
  }
  if (spec.unk) add(&*spec.unk, sizeof(*spec.unk));
  if (spec.unk && spec.fuse_unk) add_text("fuse_unk");
  return hash.digest();
}

class BpeTokenizer final : public Tokenizer {
 public:
  // `parts` gives what gets a space in front, `words` splits those; null: a text gets it.
  BpeTokenizer(BpeSpec spec, const std::vector<AddedToken>& normalized_added, BpeModel model,
               std::shared_ptr<const PreTokenizer> parts, std::shared_ptr<const PreTokenizer> words)
      : spec_(std::move(spec)),
        model_(std::move(model)),
        parts_(std::move(parts)),
        words_(std::move(words)),
        added_(found_as_is(spec_.added)),
        added_to_normalized_(normalized_added),
        fingerprint_(fingerprint_of(spec_, normalized_added)) {}

  std::string_view name() const override { return model_.has_merges() ? "bpe" : "bytes"; }
  int64_t vocab_size() const override { return static_cast<int64_t>(spec_.tokens.size()); }
  int64_t document_vocab_size() const override;
  const SpecialTokens& special() const override { return spec_.special; }
  uint64_t fingerprint() const override { return fingerprint_; }
  std::string_view token_bytes(int32_t id) const override {
    const bool known = id >= 0 && static_cast<size_t>(id) < spec_.tokens.size();
    return known ? std::string_view(spec_.tokens[static_cast<size_t>(id)]) : std::string_view();
  }
  std::string spelling(int32_t id) const override {
    for (const AddedToken& token : spec_.added) {
      if (token.id == id) return token.content;
    }
    return bytes_to_alphabet(token_bytes(id));
  }
  std::string to_json() const override {
    return spec_.source_json.empty() ? tokenizer_to_json(spec_) : spec_.source_json;
  }
  Status encode_stream(std::string_view text, SpecialText special,
                       const TokenSink& sink) const override;
  const std::string& carried() const { return spec_.carried; }

 private:
  class Encoding;

  static std::vector<AddedToken> found_as_is(const std::vector<AddedToken>& all) {
    std::vector<AddedToken> picked;
    for (const AddedToken& token : all) {
      if (!token.normalized) picked.push_back(token);
    }
    return picked;
  }

  BpeSpec spec_;
  BpeModel model_;
  std::shared_ptr<const PreTokenizer> parts_, words_;
  AddedTokenFinder added_, added_to_normalized_;
  uint64_t fingerprint_;
  mutable std::mutex cache_mutex_;
  mutable WordCache cache_;  // of whoever holds the mutex; others do without what it knows
};

int64_t BpeTokenizer::document_vocab_size() const {
  std::vector<bool> special(spec_.tokens.size());
  for (const AddedToken& token : spec_.added) {
    special[static_cast<size_t>(token.id)] = token.special && !token.in_vocab;
  }
  for (auto id = static_cast<int64_t>(spec_.tokens.size()) - 1; id >= 0; --id) {
    const bool is_text =
        !spec_.tokens[static_cast<size_t>(id)].empty() && !special[static_cast<size_t>(id)];
    if (is_text || spec_.special.is_mark(static_cast<int32_t>(id))) return id + 1;
  }
  return 0;
}

// One call of encode_stream.
class BpeTokenizer::Encoding {
 public:
  Encoding(const BpeTokenizer& tokenizer, std::string_view text, const TokenSink& sink)
      : tokenizer_(tokenizer),
        sink_(sink),
        parts_(tokenizer.parts_ != nullptr ? *tokenizer.parts_ : *tokenizer.words_),
        iterator_(*tokenizer.words_),
        lock_(tokenizer.cache_mutex_, std::try_to_lock),
        cache_(lock_.owns_lock() ? tokenizer.cache_ : own_cache_) {
    ids_.reserve(std::min(text.size(), kPieceIds + WordCache::kLongestWord));
  }

  // A part of the text between the added tokens that are looked for in it as it is. `end` is its
  // end in the whole text.
  Status raw(std::string_view part, SpecialText special, size_t end) {
    std::string changed;
    if (tokenizer_.spec_.normal_form != NormalForm::kNone) {
      RADDLE_ASSIGN_OR_RETURN(changed, normalized(part, tokenizer_.spec_.normal_form));
      part = changed;
    }
    end_ = end;
    part_ = part;
    const bool parse = special == SpecialText::kParse;
    AddedTokenFinder::Cursor cursor;
    AddedTokenFinder::Match found;
    while (tokenizer_.added_to_normalized_.next(part, parse, cursor, found)) {
      if (cursor.text < found.begin) {
        RADDLE_RETURN_IF_ERROR(ordinary(part.substr(cursor.text, found.begin - cursor.text)));
      }
      part_ = part;
      RADDLE_RETURN_IF_ERROR(add_id(found.id, offset(part.substr(0, found.end))));
      cursor.text = found.end;
    }
    return ordinary(part.substr(std::min(cursor.text, part.size())));
  }
  Status add_id(int32_t id, size_t bytes_done) {
    ids_.push_back(id);
    return ids_.size() >= kPieceIds ? flush(bytes_done) : Status::ok();
  }
  Status flush(size_t bytes_done) {
    RADDLE_RETURN_IF_ERROR(sink_(ids_, bytes_done));
    ids_.clear();
    return Status::ok();
  }

 private:
  // Text without added tokens.
  Status ordinary(std::string_view part) {
    if (tokenizer_.parts_ == nullptr) return with_prefix(part);
    return each_word(parts_, part, [&](std::string_view word) { return with_prefix(word); });
  }
  Status with_prefix(std::string_view part) {
    if (part.empty()) return Status::ok();
    std::string prefixed;
    const std::string_view whole = part_;
    const size_t whole_end = end_;
    if (tokenizer_.spec_.prefix_space && part.front() != ' ') {
      end_ = offset(part);
      prefixed = " ";
      part_ = part = prefixed += part;
    }
    RADDLE_RETURN_IF_ERROR(
        each_word(iterator_, part, [&](std::string_view word) { return add_word(word); }));
    part_ = whole;
    end_ = whole_end;
    return Status::ok();
  }
  template <class Do>
  Status each_word(WordIterator& iterator, std::string_view part, Do&& use) {
    while (!part.empty()) {
      const size_t valid = utf8_valid_prefix(part);
      iterator.start(part.substr(0, valid));
      std::string_view word;
      while (true) {
        RADDLE_ASSIGN_OR_RETURN(const bool more, iterator.next(&word));
        if (!more) break;
        RADDLE_RETURN_IF_ERROR(use(word));
      }
      part.remove_prefix(valid);
      // Bytes that are no characters are a word of their own.
      const size_t invalid = part.empty() ? 0 : utf8_invalid_prefix(part);
      if (invalid > 0) RADDLE_RETURN_IF_ERROR(use(part.substr(0, invalid)));
      part.remove_prefix(invalid);
    }
    return Status::ok();
  }
  // Where `word` ends in the text. In a part that was changed that is told from its end, roughly.
  size_t offset(std::string_view word) const {
    const auto left = static_cast<size_t>(part_.data() + part_.size() - word.data() - word.size());
    return end_ - std::min(left, end_);
  }
  // A text without patterns is one word of any length; bytes need no look at their neighbours.
  Status add_word(std::string_view word) {
    if (!tokenizer_.model_.has_merges()) {
      while (word.size() > kPieceIds) {
        tokenizer_.model_.encode_word(word.substr(0, kPieceIds), ids_);
        word.remove_prefix(kPieceIds);
        RADDLE_RETURN_IF_ERROR(flush(offset(word.substr(0, 0))));
      }
      tokenizer_.model_.encode_word(word, ids_);
    } else if (word.size() > WordCache::kLongestWord) {
      tokenizer_.model_.encode_word(word, ids_);
    } else {
      const uint64_t hash = hash_bytes(word.data(), word.size());
      const auto known = cache_.find(word, hash);
      const size_t before = ids_.size();
      if (!known.empty()) {
        ids_.insert(ids_.end(), known.begin(), known.end());
      } else {
        tokenizer_.model_.encode_word(word, ids_);
        cache_.insert(word, hash, std::span(ids_).subspan(before));
      }
    }
    return ids_.size() >= kPieceIds ? flush(offset(word)) : Status::ok();
  }

  const BpeTokenizer& tokenizer_;
  std::string_view part_;  // what is encoded now
  size_t end_ = 0;         // where it ends in the text
  const TokenSink& sink_;
  WordIterator parts_, iterator_;
  std::unique_lock<std::mutex> lock_;
  WordCache own_cache_;
  WordCache& cache_;
  std::vector<int32_t> ids_;
};

Status BpeTokenizer::encode_stream(std::string_view text, SpecialText special,
                                   const TokenSink& sink) const {
  Encoding encoding(*this, text, sink);
  AddedTokenFinder::Cursor cursor;
  AddedTokenFinder::Match found;
  while (added_.next(text, special == SpecialText::kParse, cursor, found)) {
    if (cursor.text < found.begin) {
      const std::string_view before = text.substr(cursor.text, found.begin - cursor.text);
      RADDLE_RETURN_IF_ERROR(encoding.raw(before, special, found.begin));
    }
    RADDLE_RETURN_IF_ERROR(encoding.add_id(found.id, found.end));
    cursor.text = found.end;
  }
  RADDLE_RETURN_IF_ERROR(
      encoding.raw(text.substr(std::min(cursor.text, text.size())), special, text.size()));
  return encoding.flush(text.size());
}

}  // namespace

namespace {

// What is looked for in normalized text is looked for as it is there.
StatusOr<std::vector<AddedToken>> in_normal_form(const BpeSpec& spec) {
  std::vector<AddedToken> tokens;
  for (AddedToken token : spec.added) {
    if (!token.normalized) continue;
    RADDLE_ASSIGN_OR_RETURN(token.content, normalized(token.content, spec.normal_form));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

// Of bytes that a text in UTF-8 may hold.
void warn_of_missing(const std::array<int32_t, 256>& byte_ids, const BpeSpec& spec) {
  int missing = 0, first = -1;
  for (int byte = 0; byte < 0xF5; ++byte) {
    if (byte_ids[static_cast<size_t>(byte)] >= 0 || byte == 0xC0 || byte == 0xC1) continue;
    ++missing;
    if (first < 0) first = byte;
  }
  if (missing == 0) return;
  log_warning(
      "the vocabulary has no token for {} bytes that texts may hold, the first 0x{:02X}; where a "
      "text has one it {}, as in Hugging Face's library",
      missing, first, spec.unk ? "becomes the unknown token" : "is left out");
}

}  // namespace

std::vector<std::string> byte_tokens() {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  return tokens;
}

StatusOr<std::shared_ptr<const Tokenizer>> make_bpe_tokenizer(BpeSpec spec) {
  std::array<int32_t, 256> byte_ids;
  byte_ids.fill(-1);
  std::vector<bool> only_added(spec.tokens.size());
  // An added token is its text, but one of the vocabulary too, as "é" may be, is the bytes that its
  // letters stand for there.
  std::unordered_map<size_t, std::string> in_vocab;
  for (const AddedToken& token : spec.added) {
    const auto id = static_cast<size_t>(token.id);
    only_added[id] = !token.in_vocab;
    if (token.in_vocab) in_vocab[id] = alphabet_to_bytes(token.content).value_or(token.content);
  }
  std::unordered_map<std::string, int32_t> whole_words;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    const std::string& token = in_vocab.contains(id) ? in_vocab[id] : spec.tokens[id];
    if (token.empty() || only_added[id]) continue;
    if (token.size() == 1)
      byte_ids[static_cast<unsigned char>(token[0])] = static_cast<int32_t>(id);
    if (spec.whole_words) whole_words.emplace(token, static_cast<int32_t>(id));
  }
  warn_of_missing(byte_ids, spec);
  // Behind other splits each of their words gets the space.
  std::vector<SplitRule> inner = spec.patterns;
  std::shared_ptr<const PreTokenizer> parts;
  if (spec.prefix_space && spec.prefix_behind > 0) {
    const auto border = inner.begin() + static_cast<std::ptrdiff_t>(spec.prefix_behind);
    RADDLE_ASSIGN_OR_RETURN(parts,
                            PreTokenizer::create(std::vector<SplitRule>(inner.begin(), border)));
    inner.erase(inner.begin(), border);
  }
  RADDLE_ASSIGN_OR_RETURN(auto words, PreTokenizer::create(std::move(inner)));
  RADDLE_ASSIGN_OR_RETURN(std::vector<AddedToken> normalized_added, in_normal_form(spec));
  BpeModel model(byte_ids, spec.merges, std::move(whole_words), spec.unk.value_or(-1),
                 spec.fuse_unk);
  complete_special_tokens(spec.special);
  return std::shared_ptr<const Tokenizer>(
      std::make_shared<BpeTokenizer>(std::move(spec), std::move(normalized_added), std::move(model),
                                     std::move(parts), std::move(words)));
}

std::string carried_config(const Tokenizer& tokenizer) {
  const auto* bpe = dynamic_cast<const BpeTokenizer*>(&tokenizer);
  return bpe != nullptr ? bpe->carried() : std::string();
}

std::shared_ptr<const Tokenizer> make_bytes_tokenizer() {
  BpeSpec spec;
  spec.tokens = byte_tokens();
  spec.tokens.emplace_back("<|endoftext|>");
  spec.added = {{256, "<|endoftext|>", true}};
  spec.special.eos = 256;
  return make_bpe_tokenizer(std::move(spec)).value();
}

}  // namespace raddle::data
