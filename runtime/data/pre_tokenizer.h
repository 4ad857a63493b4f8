// SPDX-License-Identifier: Apache-2.0
// Splits text into words by regular expressions, before byte-pair encoding. Patterns are those of a
// tokenizer.json (ruby_pattern.h), run by PCRE2 with Unicode properties. With several, each splits
// the words of the one before. What a pattern does not match is a word too, so no byte is lost
// unless a pattern is there to remove some. A match of nothing splits where it is. Immutable;
// shared freely.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::data {

// GPT-2's, which a "ByteLevel" pre-tokenizer uses by itself.
inline constexpr const char* kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

// What becomes of the parts of a text that a pattern matches; of the others with `invert`.
enum class SplitBehavior {
  kIsolated,    // each is a word
  kRemoved,     // they are left out
  kContiguous,  // those that follow each other are one word
  kMergedWithPrevious,
  kMergedWithNext,
};
struct SplitRule {
  SplitRule(std::string p) : pattern(std::move(p)) {}
  SplitRule(const char* p) : pattern(p) {}
  SplitRule(std::string p, SplitBehavior b, bool i)
      : pattern(std::move(p)), behavior(b), invert(i) {}
  std::string pattern;
  SplitBehavior behavior = SplitBehavior::kIsolated;
  bool invert = false;
};

class PreTokenizer {
 public:
  // INVALID_ARGUMENT or UNIMPLEMENTED naming the pattern and the place in it that is refused.
  static StatusOr<std::shared_ptr<const PreTokenizer>> create(std::vector<SplitRule> patterns);
  const std::vector<SplitRule>& patterns() const { return patterns_; }
  // Whether the words of a text do not depend on what is before them, so that it can be walked in
  // parts.
  bool allows_parts() const { return allows_parts_; }
  // The patterns that PCRE2 alone would take for others, as they are run; for fingerprints, which
  // were once those of the words that it gave.
  const std::string& other_meanings() const { return other_meanings_; }

 private:
  friend class WordIterator;
  struct Compiled;
  explicit PreTokenizer(std::vector<SplitRule> patterns) : patterns_(std::move(patterns)) {}

  std::vector<SplitRule> patterns_;
  std::vector<std::shared_ptr<const Compiled>> compiled_;
  bool allows_parts_ = true;
  std::string other_meanings_;
};

// Walks the words of one text after another.
class WordIterator {
 public:
  explicit WordIterator(const PreTokenizer& tokenizer);
  ~WordIterator();
  WordIterator(const WordIterator&) = delete;
  WordIterator& operator=(const WordIterator&) = delete;

  // `text` must be valid UTF-8 and outlive the walk. With `more` it goes on, and the walk ends
  // before the first word that what follows may change.
  void start(std::string_view text, bool more = false);
  // False at the end. RESOURCE_EXHAUSTED when a pattern needs more steps than PCRE2's limit.
  StatusOr<bool> next(std::string_view* word);
  // After a walk with `more`: bytes that are done with.
  size_t taken() const { return taken_; }

 private:
  struct Level;
  struct Segment;
  StatusOr<bool> next_segment(size_t level, Segment* segment);
  Status find_match(size_t level);
  Status find_next(size_t level);
  Status join_neighbours(size_t level, Segment* first);
  StatusOr<bool> next_at(size_t level, std::string_view* word);

  const PreTokenizer& tokenizer_;
  std::vector<Level> levels_;  // level 0 is the text itself; pattern i splits the words of level i
  // The text of level 1 goes on, and the walk has come to where that matters.
  bool more_ = false, unsure_ = false;
  size_t taken_ = 0;
};

}  // namespace raddle::data
