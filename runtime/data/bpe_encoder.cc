// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/bpe_encoder.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/data/byte_alphabet.h"
#include "runtime/data/text_walk.h"

namespace raddle::data {
namespace {

constexpr size_t kPieceIds = 1 << 16;

// A stretch of text, and where it ends in the whole one. Of a stretch that was changed that is told
// from its end, roughly.
struct Stretch {
  std::string_view text;
  size_t end;

  size_t position(size_t at) const { return end - std::min(end, text.size() - at); }
  size_t position_behind(std::string_view word) const {
    return position(static_cast<size_t>(word.data() + word.size() - text.data()));
  }
  Stretch part(size_t begin, size_t part_end) const {
    return {text.substr(begin, part_end - begin), position(part_end)};
  }
};

// Each stage takes a stretch and returns how many of its bytes are done with: all, but where the
// text goes on (`more`) not those that what follows may change. They come again, with more behind.
class BpeEncoder final : public TextEncoder {
 public:
  BpeEncoder(const BpeCoder& coder, SpecialText special, TokenSink sink)
      : coder_(coder),
        parse_(special == SpecialText::kParse),
        sink_(std::move(sink)),
        parts_(coder.parts != nullptr ? *coder.parts : *coder.words),
        words_(*coder.words),
        spelled_(coder.spelled ? std::make_unique<WordIterator>(*coder.spelled) : nullptr),
        lock_(coder.cache_mutex, std::try_to_lock),
        cache_(lock_.owns_lock() ? coder.cache : own_cache_),
        cuts_((coder.parts != nullptr ? coder.parts : coder.words)->allows_parts() &&
              !coder.added.looks_back() && !coder.added_to_normalized.looks_back()) {}

  Status add(std::string_view part, bool last) override {
    const std::string_view text = rest_.join(part);
    ids_.reserve(std::min(text.size(), kPieceIds + WordCache::kLongestWord));
    const Stretch all = {text, done_ + text.size()};
    size_t taken = 0;
    if (last || cuts_) {
      RADDLE_ASSIGN_OR_RETURN(taken, split(coder_.added, cursor_, all, !last, &BpeEncoder::piece));
    }
    if (last) RADDLE_RETURN_IF_ERROR(flush(all.end));
    rest_.keep(text, taken);
    done_ = last ? 0 : done_ + taken;
    return Status::ok();
  }

 private:
  using Stage = StatusOr<size_t> (BpeEncoder::*)(Stretch, bool more);

  // Hands what lies between the added tokens to `next`.
  StatusOr<size_t> split(const AddedTokenFinder& finder, AddedTokenFinder::Cursor& cursor,
                         Stretch all, bool more, Stage next) {
    AddedTokenFinder::Match found;
    while (finder.next(all.text, parse_, more, cursor, found)) {
      const Stretch before = all.part(cursor.text, std::max(cursor.text, found.begin));
      RADDLE_RETURN_IF_ERROR((this->*next)(before, false).status());
      RADDLE_RETURN_IF_ERROR(add_id(found.id, all.position(found.end)));
      cursor.text = found.end;
    }
    const size_t end = more ? finder.sure_end(all.text, cursor) : all.text.size();
    const Stretch left = all.part(std::min(cursor.text, end), end);
    RADDLE_ASSIGN_OR_RETURN(const size_t taken, (this->*next)(left, more));
    if (!more) {
      cursor = {};
      return all.text.size();
    }
    cursor.text += taken;
    return cursor.rebase();
  }

  // Text without the tokens that are looked for before normalizing.
  StatusOr<size_t> piece(Stretch part, bool more) {
    if (coder_.normal_form == NormalForm::kNone) return plain(part, more);
    size_t end = part.text.size();
    if (more) {
      // An ASCII character never joins what is before it.
      while (end > 0 && static_cast<unsigned char>(part.text[end - 1]) >= 0x80) --end;
      end -= std::min<size_t>(end, 1);
    }
    RADDLE_ASSIGN_OR_RETURN(const std::string changed,
                            normalized(part.text.substr(0, end), coder_.normal_form));
    const std::string_view text = normalized_.join(changed);
    RADDLE_ASSIGN_OR_RETURN(const size_t taken, plain({text, part.position(end)}, more));
    normalized_.keep(text, taken);
    return end;
  }

  StatusOr<size_t> plain(Stretch part, bool more) {
    if (more && part.text.size() < enough_) return 0;
    RADDLE_ASSIGN_OR_RETURN(
        const size_t taken,
        split(coder_.added_to_normalized, normalized_cursor_, part, more, &BpeEncoder::ordinary));
    // A word of any length is looked at again only when twice as much is known.
    enough_ = more && taken == 0 ? 2 * part.text.size() : 0;
    return taken;
  }

  // Text without added tokens.
  StatusOr<size_t> ordinary(Stretch part, bool more) {
    if (coder_.parts == nullptr) return with_prefix(part, more);
    const auto on_part = [&](std::string_view text) {
      return with_prefix({text, part.position_behind(text)}, false).status();
    };
    return walk_words(parts_, part.text, more, on_part, on_part);
  }

  StatusOr<size_t> with_prefix(Stretch part, bool more) {
    std::string prefixed;
    const bool prefix = coder_.prefix_space && !begun_ && !part.text.starts_with(' ');
    if (prefix && !part.text.empty()) {
      prefixed = " ";
      part.text = prefixed += part.text;
    }
    RADDLE_ASSIGN_OR_RETURN(const size_t taken, words(part, more));
    begun_ = more && (begun_ || taken > 0);
    return taken - std::min(taken, prefixed.empty() ? size_t{0} : size_t{1});
  }

  StatusOr<size_t> words(Stretch part, bool more) {
    const auto on_word = [&](std::string_view word) {
      return coder_.spelled == nullptr ? add_word(word, part) : split_spelled(word, part);
    };
    const bool anywhere =
        coder_.model.is_bytewise() && coder_.words->patterns().empty() && coder_.spelled == nullptr;
    return walk_words(words_, part.text, more && !anywhere, on_word, on_word);
  }

  // What stands behind ByteLevel sees letters of the alphabet, and may cut inside a character.
  Status split_spelled(std::string_view word, const Stretch& part) {
    const std::string letters = bytes_to_alphabet(word);
    spelled_->start(letters);
    std::string_view piece;
    while (true) {
      RADDLE_ASSIGN_OR_RETURN(const bool found, spelled_->next(&piece));
      if (!found) return Status::ok();
      const auto bytes = alphabet_to_bytes(piece);
      RADDLE_ASSERT(bytes);
      // Where it ends in the text is told roughly: by the word that it is of.
      RADDLE_RETURN_IF_ERROR(add_word(*bytes, {*bytes, part.position_behind(word)}));
    }
  }

  // A text without patterns is one word of any length; bytes need no look at their neighbours.
  Status add_word(std::string_view word, const Stretch& part) {
    if (!coder_.model.has_merges()) {
      while (word.size() > kPieceIds) {
        const std::string_view piece = word.substr(0, kPieceIds);
        coder_.model.encode_word(piece, ids_);
        word.remove_prefix(kPieceIds);
        RADDLE_RETURN_IF_ERROR(flush(part.position_behind(piece)));
      }
      coder_.model.encode_word(word, ids_);
    } else if (word.size() > WordCache::kLongestWord) {
      coder_.model.encode_word(word, ids_);
    } else {
      const uint64_t hash = hash_bytes(word.data(), word.size());
      const auto known = cache_.find(word, hash);
      const size_t before = ids_.size();
      if (!known.empty()) {
        ids_.insert(ids_.end(), known.begin(), known.end());
      } else {
        coder_.model.encode_word(word, ids_);
        cache_.insert(word, hash, std::span(ids_).subspan(before));
      }
    }
    return ids_.size() >= kPieceIds ? flush(part.position_behind(word)) : Status::ok();
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

  const BpeCoder& coder_;
  const bool parse_;
  const TokenSink sink_;
  WordIterator parts_, words_;
  std::unique_ptr<WordIterator> spelled_;
  std::unique_lock<std::mutex> lock_;
  WordCache own_cache_;
  WordCache& cache_;
  const bool cuts_;  // texts can be encoded in parts
  std::vector<int32_t> ids_;

  TextRest rest_, normalized_;
  AddedTokenFinder::Cursor cursor_, normalized_cursor_;
  size_t done_ = 0;     // bytes of the text that are done with
  size_t enough_ = 0;   // to look at the words again
  bool begun_ = false;  // the text since the last added token
};

}  // namespace

std::unique_ptr<TextEncoder> make_bpe_encoder(const BpeCoder& coder, SpecialText special,
                                              TokenSink sink) {
  return std::make_unique<BpeEncoder>(coder, special, std::move(sink));
}

}  // namespace raddle::data
