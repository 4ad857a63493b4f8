// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/pre_tokenizer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>
#include <optional>
#include <utility>

#include "runtime/data/ruby_pattern.h"

namespace raddle::data {
namespace {

std::string pcre2_message(int error) {
  unsigned char text[256];
  const int length = pcre2_get_error_message(error, text, sizeof(text));
  return length > 0 ? std::string(reinterpret_cast<char*>(text), static_cast<size_t>(length))
                    : fmt::format("error {}", error);
}

// How many bytes the character at `at` has.
size_t character_at(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end - at;
}

// Lines end with \n alone, whatever this PCRE2 was built for.
StatusOr<pcre2_code*> compile(const std::string& pattern, const std::string& pcre2) {
  const std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> context(
      pcre2_compile_context_create(nullptr), &pcre2_compile_context_free);
  if (context == nullptr) return resource_exhausted("no memory for a split pattern");
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pcre2.data()), pcre2.size(),
                                   PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &offset,
                                   context.get());
  if (code != nullptr) return code;
  return invalid_argument(
      "split pattern \"{}\", a regular expression of Oniguruma's Ruby syntax, is \"{}\" for PCRE2, "
      "which says: {} at byte {}; write it another way",
      pattern, pcre2, pcre2_message(error), offset);
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
    RADDLE_ASSIGN_OR_RETURN(const RubyPattern ruby, pcre2_of_ruby(pattern));
    RADDLE_ASSIGN_OR_RETURN(pcre2_code * code, compile(pattern, ruby.pcre2));
    uint32_t matches_nothing = 0, characters_before = 0;
    pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &matches_nothing);
    pcre2_pattern_info(code, PCRE2_INFO_MAXLOOKBEHIND, &characters_before);
    if (ruby.differs || matches_nothing != 0) tokenizer->other_meanings_ += ruby.pcre2 + '\n';
    // Where the machine has no compiler for patterns, PCRE2 interprets them: slower, same words.
    const bool first = tokenizer->compiled_.empty();
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE | (first ? PCRE2_JIT_PARTIAL_HARD : 0));
    tokenizer->compiled_.push_back(std::make_shared<const Compiled>(code));
    if (first) tokenizer->allows_parts_ = !ruby.looks_back && characters_before == 0;
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
  size_t at = 0;  // what lies before is handed out
  // The match found from `at` on, still to be handed out.
  bool found = false;
  size_t match_begin = 0, match_end = 0;
  size_t search = 0;               // the next match is looked for from here
  std::optional<size_t> last_end;  // of the match before
  pcre2_match_data* match = nullptr;
  std::optional<Segment> ahead;  // one that was looked at already

  void start(std::string_view new_text) {
    text = new_text;
    at = search = 0;
    found = false;
    last_end.reset();
    ahead.reset();
  }
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
  for (Level& level : levels_) level.start({});
  levels_[0].text = text;
  more_ = more;
  unsure_ = false;
  taken_ = 0;
}

StatusOr<bool> WordIterator::next(std::string_view* word) {
  return next_at(levels_.size() - 1, word);
}

// The match at or behind level.search; the end of the text where there is none.
Status WordIterator::find_match(size_t index) {
  Level& level = levels_[index];
  const pcre2_code* code = tokenizer_.compiled_[index - 1]->code;
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(level.text.data());
  // PCRE2 then tells a match that has looked behind the end of the text.
  const uint32_t open = more_ && index == 1 ? PCRE2_PARTIAL_HARD : 0;
  const uint32_t options = PCRE2_NO_UTF_CHECK | open;
  int found =
      pcre2_match(code, subject, level.text.size(), level.search, options, level.match, nullptr);
  if (found == PCRE2_ERROR_JIT_STACKLIMIT) {  // the interpreter takes its stack from the heap
    found = pcre2_match(code, subject, level.text.size(), level.search, options | PCRE2_NO_JIT,
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

// As Oniguruma's users walk a text: a match of nothing counts, but not right behind another match,
// where the search goes on a character later.
Status WordIterator::find_next(size_t index) {
  Level& level = levels_[index];
  while (true) {
    if (level.search >= level.text.size()) {
      level.match_begin = level.match_end = level.text.size();
      unsure_ = more_ && index == 1;
      return Status::ok();
    }
    RADDLE_RETURN_IF_ERROR(find_match(index));
    const bool nothing = level.match_begin == level.match_end;
    if (unsure_ || !nothing || level.last_end != level.match_end) return Status::ok();
    level.search += character_at(level.text, level.search);
  }
}

// The next part of the level's text; false at its end, and where it is unsure.
StatusOr<bool> WordIterator::next_segment(size_t index, Segment* segment) {
  Level& level = levels_[index];
  if (level.ahead) {
    *segment = *std::exchange(level.ahead, std::nullopt);
    return true;
  }
  if (level.at >= level.text.size()) {
    unsure_ = more_ && index == 1 && !level.text.empty();
    return false;
  }
  if (!level.found) RADDLE_RETURN_IF_ERROR(find_next(index));
  if (unsure_) return false;
  level.found = true;
  const bool matched = level.at >= level.match_begin;
  *segment = {level.at, matched ? level.match_end : level.match_begin,
              matched != tokenizer_.patterns_[index - 1].invert};
  level.at = segment->end;
  if (matched) {
    level.found = false;
    level.search = level.match_end;
    level.last_end = level.match_end;
  }
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
  Segment segment;
  while (true) {
    if (index == 1) taken_ = level.ahead ? level.ahead->begin : level.at;
    RADDLE_ASSIGN_OR_RETURN(bool more, next_segment(index, &segment));
    if (unsure_) return false;
    if (!more) {
      std::string_view outer;
      RADDLE_ASSIGN_OR_RETURN(more, next_at(index - 1, &outer));
      level.start(outer);
      if (!more) return false;
      continue;
    }
    if (behavior == SplitBehavior::kRemoved && segment.hit) continue;
    RADDLE_RETURN_IF_ERROR(join_neighbours(index, &segment));
    if (unsure_) return false;
    if (segment.end > segment.begin) break;
  }
  *word = level.text.substr(segment.begin, segment.end - segment.begin);
  return true;
}

// Takes in what follows a segment where the pattern's behavior says so.
Status WordIterator::join_neighbours(size_t index, Segment* first) {
  Level& level = levels_[index];
  const SplitBehavior behavior = tokenizer_.patterns_[index - 1].behavior;
  Segment& segment = *first;
  Segment next;
  // Which neighbours a segment takes in.
  const auto joins = [&] {
    if (behavior == SplitBehavior::kContiguous) return next.hit == segment.hit;
    if (behavior == SplitBehavior::kMergedWithPrevious) return !segment.hit && next.hit;
    return behavior == SplitBehavior::kMergedWithNext && segment.hit && !next.hit;
  };
  const bool one = behavior != SplitBehavior::kContiguous;
  while (behavior != SplitBehavior::kIsolated && behavior != SplitBehavior::kRemoved) {
    RADDLE_ASSIGN_OR_RETURN(const bool more, next_segment(index, &next));
    if (unsure_ || !more) break;
    if (!joins()) {
      level.ahead = next;
      break;
    }
    segment.end = next.end;
    if (one) break;
  }
  return Status::ok();
}

}  // namespace raddle::data
