// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/pre_tokenizer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <utility>

namespace raddle::data {
namespace {

std::string pcre2_message(int error) {
  unsigned char text[256];
  const int length = pcre2_get_error_message(error, text, sizeof(text));
  return length > 0 ? std::string(reinterpret_cast<char*>(text), static_cast<size_t>(length))
                    : fmt::format("error {}", error);
}

// Whether a match may depend on what is before it. PCRE2 counts neither ^ nor what \X looks at.
bool looks_back(const pcre2_code* code, std::string_view pattern) {
  uint32_t characters = 0;
  pcre2_pattern_info(code, PCRE2_INFO_MAXLOOKBEHIND, &characters);
  bool anchored = false;
  for (size_t at = pattern.find('^'); at != pattern.npos; at = pattern.find('^', at + 1)) {
    anchored = anchored || at == 0 || pattern[at - 1] != '[';
  }
  return characters > 0 || anchored || pattern.find("\\X") != pattern.npos;
}

}  // namespace

struct PreTokenizer::Compiled {
  explicit Compiled(pcre2_code* compiled) : code(compiled) {}
  ~Compiled() { pcre2_code_free(code); }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  pcre2_code* code;
};

StatusOr<std::shared_ptr<const PreTokenizer>> PreTokenizer::create(
    std::vector<SplitRule> patterns) {
  std::shared_ptr<PreTokenizer> tokenizer(new PreTokenizer(std::move(patterns)));
  for (const auto& [pattern, behavior, invert] : tokenizer->patterns_) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* code =
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                      PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
    if (code == nullptr) {
      return invalid_argument("split pattern \"{}\": {} at byte {}", pattern, pcre2_message(error),
                              offset);
    }
    // Where the machine has no compiler for patterns, PCRE2 interprets them: slower, same words.
    const bool first = tokenizer->compiled_.empty();
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE | (first ? PCRE2_JIT_PARTIAL_HARD : 0));
    tokenizer->compiled_.push_back(std::make_shared<const Compiled>(code));
    if (first) tokenizer->allows_parts_ = !looks_back(code, pattern);
  }
  return std::shared_ptr<const PreTokenizer>(std::move(tokenizer));
}

// A part of a text that the pattern matches or does not; `hit` also counts what is inverted.
struct WordIterator::Segment {
  size_t begin = 0, end = 0;
  bool hit = false;
};

struct WordIterator::Level {
  std::string_view text;
  size_t at = 0;
  // The match found after unmatched text, still to be handed out; empty when begin == end.
  size_t match_begin = 0, match_end = 0;
  pcre2_match_data* match = nullptr;
  Segment ahead;  // one that was looked at already; none when it is empty
};

WordIterator::WordIterator(const PreTokenizer& tokenizer)
    : tokenizer_(tokenizer), levels_(tokenizer.compiled_.size() + 1) {
  for (size_t i = 1; i < levels_.size(); ++i) {
    levels_[i].match = pcre2_match_data_create(1, nullptr);
  }
}

WordIterator::~WordIterator() {
  for (Level& level : levels_) pcre2_match_data_free(level.match);
}

void WordIterator::start(std::string_view text, bool more) {
  for (Level& level : levels_) {
    level.text = {};
    level.at = level.match_begin = level.match_end = 0;
    level.ahead = {};
  }
  levels_[0].text = text;
  more_ = more;
  unsure_ = false;
  taken_ = 0;
}

StatusOr<bool> WordIterator::next(std::string_view* word) {
  return next_at(levels_.size() - 1, word);
}

Status WordIterator::find_match(size_t index) {
  Level& level = levels_[index];
  const pcre2_code* code = tokenizer_.compiled_[index - 1]->code;
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(level.text.data());
  // PCRE2 then tells a match that has looked behind the end of the text.
  const uint32_t open = more_ && index == 1 ? PCRE2_PARTIAL_HARD : 0;
  const uint32_t options = PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY | open;
  int found =
      pcre2_match(code, subject, level.text.size(), level.at, options, level.match, nullptr);
  if (found == PCRE2_ERROR_JIT_STACKLIMIT) {  // the interpreter takes its stack from the heap
    found = pcre2_match(code, subject, level.text.size(), level.at, options | PCRE2_NO_JIT,
                        level.match, nullptr);
  }
  const bool none = found == PCRE2_ERROR_NOMATCH || found == PCRE2_ERROR_PARTIAL;
  unsure_ = open != 0 && none;
  if (found < 0 && !none) {
    return resource_exhausted("split pattern \"{}\" gave up at byte {} of a text of {} bytes: {}",
                              tokenizer_.patterns_[index - 1].pattern, level.at, level.text.size(),
                              pcre2_message(found));
  }
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(level.match);
  level.match_begin = none ? level.text.size() : bounds[0];
  level.match_end = none ? level.text.size() : bounds[1];
  // A lookbehind with \K may report a match before its start; such a match splits nothing.
  if (level.match_begin < level.at || level.match_end < level.match_begin) {
    level.match_begin = level.match_end = level.text.size();
  }
  return Status::ok();
}

// The next part of the level's text; false at its end, and where it is unsure.
StatusOr<bool> WordIterator::next_segment(size_t index, Segment* segment) {
  Level& level = levels_[index];
  if (level.ahead.end > level.ahead.begin) {
    *segment = std::exchange(level.ahead, {});
    return true;
  }
  if (level.at >= level.text.size()) {
    unsure_ = more_ && index == 1 && !level.text.empty();
    return false;
  }
  if (level.match_end <= level.at) RADDLE_RETURN_IF_ERROR(find_match(index));
  if (unsure_) return false;
  const bool matched = level.at >= level.match_begin;
  *segment = {level.at, matched ? level.match_end : level.match_begin,
              matched != tokenizer_.patterns_[index - 1].invert};
  level.at = segment->end;
  return true;
}

StatusOr<bool> WordIterator::next_at(size_t index, std::string_view* word) {
  Level& level = levels_[index];
  if (index == 0) {
    if (more_ && levels_.size() == 1) return false;
    *word = std::exchange(level.text, {});
    return !word->empty();
  }
  const SplitBehavior behavior = tokenizer_.patterns_[index - 1].behavior;
  Segment segment, next;
  while (true) {
    if (index == 1) taken_ = level.ahead.end > level.ahead.begin ? level.ahead.begin : level.at;
    RADDLE_ASSIGN_OR_RETURN(bool more, next_segment(index, &segment));
    if (unsure_) return false;
    if (!more) {
      level.at = level.match_begin = level.match_end = 0;
      RADDLE_ASSIGN_OR_RETURN(more, next_at(index - 1, &level.text));
      if (!more) return false;
      continue;
    }
    if (behavior == SplitBehavior::kRemoved && segment.hit) continue;
    break;
  }
  // Which neighbours a segment takes in.
  const auto joins = [&] {
    if (behavior == SplitBehavior::kContiguous) return next.hit == segment.hit;
    if (behavior == SplitBehavior::kMergedWithPrevious) return !segment.hit && next.hit;
    return behavior == SplitBehavior::kMergedWithNext && segment.hit && !next.hit;
  };
  const bool one = behavior != SplitBehavior::kContiguous;
  while (behavior != SplitBehavior::kIsolated && behavior != SplitBehavior::kRemoved) {
    RADDLE_ASSIGN_OR_RETURN(const bool more, next_segment(index, &next));
    if (unsure_) return false;
    if (!more) break;
    if (!joins()) {
      level.ahead = next;
      break;
    }
    segment.end = next.end;
    if (one) break;
  }
  *word = level.text.substr(segment.begin, segment.end - segment.begin);
  return true;
}

}  // namespace raddle::data
