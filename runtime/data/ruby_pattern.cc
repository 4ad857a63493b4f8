// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/ruby_pattern.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "runtime/data/ruby_class.h"
#include "runtime/data/ruby_scanner.h"

namespace raddle::data {
namespace {

// A group that is open, with what holds again behind it.
struct Group {
  RubyFlags flags;
  size_t begin;           // in what is written
  int inner = 0;          // groups that an option on its own has opened
  bool is_check = false;  // a look around, which nothing repeats
};

class Translator {
 public:
  explicit Translator(std::string_view pattern) : in_(pattern) {}

  StatusOr<RubyPattern> translate() {
    groups_.push_back({.flags = in_.flags, .begin = 0});
    while (!in_.done()) RADDLE_RETURN_IF_ERROR(step());
    if (groups_.size() > 1) return in_.refused("a group that is not closed");
    close_inner();
    result_.differs = result_.differs || in_.differs;
    return std::move(result_);
  }

 private:
  std::string& out() { return result_.pcre2; }

  void atom(std::string_view text) {
    atom_ = out().size();
    quantified_ = false;
    out() += text;
  }
  // Takes no characters: nothing repeats it.
  void check(std::string_view text, bool looks_back = false) {
    out() += text;
    atom_ = kNone;
    last_letter_ = 0;
    result_.looks_back = result_.looks_back || looks_back;
  }

  Status step() {
    const size_t begin = in_.at;
    const char32_t c = in_.next();
    if (in_.flags.extended && is_layout(c)) return skip_layout(c);
    const char32_t before = last_letter_;
    last_letter_ = 0;
    switch (c) {
      case '\\':
        return escape(before);
      case '[': {
        RADDLE_ASSIGN_OR_RETURN(const CharSet set, in_.read_class());
        atom(set.expression());
        return Status::ok();
      }
      case '.':
        atom(in_.flags.dot_all ? "(?s:.)" : "[^\\n]");
        return Status::ok();
      case '^':
      case '$':
        // In Ruby these are of lines.
        result_.differs = true;
        check(c == '^' ? "(?m:^)" : "(?m:$)", c == '^');
        return Status::ok();
      // What a group holds and what follows it may be one letter as well.
      case '(':
        RADDLE_RETURN_IF_ERROR(open());
        last_letter_ = before;
        return Status::ok();
      case ')':
        last_letter_ = before;
        return close();
      case '|':
        out() += '|';
        atom_ = kNone;
        return Status::ok();
      case '*':
      case '+':
      case '?':
        return repeat(std::string(1, static_cast<char>(c)), true, begin);
      case '{':
        return interval(begin);
      default:
        return literal(c, before);
    }
  }

  static bool is_layout(char32_t c) { return c == '#' || c == ' ' || (c >= 9 && c <= 13); }
  Status skip_layout(char32_t c) {
    while (c == '#' && !in_.done() && in_.next() != '\n') {
    }
    return Status::ok();
  }

  Status literal(char32_t c, char32_t before) {
    if (in_.flags.any_case) RADDLE_RETURN_IF_ERROR(in_.check_folding(before, c));
    last_letter_ = c;
    const bool word = c >= 0x80 || (c >= '0' && c <= '9') || c == ' ' || (c >= 'A' && c <= 'Z') ||
                      (c >= 'a' && c <= 'z');
    const size_t bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    const std::string_view source = in_.text.substr(in_.at - std::min(bytes, in_.at), bytes);
    size_t at = 0;
    const bool as_is = word && next_code(source, at) == c;
    atom(as_is ? std::string(source) : class_item(c));
    return Status::ok();
  }

  Status escape(char32_t before) {
    if (in_.done()) return in_.refused("a backslash at the end");
    const char32_t c = in_.peek();
    const char letter = c < 0x80 ? static_cast<char>(c) : '\0';
    if (const auto code = in_.character_escape()) {
      RADDLE_RETURN_IF_ERROR(code->status());
      return literal(**code, before);
    }
    if (letter >= '1' && letter <= '9') return back_reference();
    if (auto set = in_.class_escape(false)) {
      RADDLE_RETURN_IF_ERROR(set->status());
      atom((*set)->expression());
      return Status::ok();
    }
    in_.next();
    return other_escape(letter);
  }

  Status other_escape(char letter) {
    switch (letter) {
      case 'b':
      case 'B': {
        result_.differs = true;
        const std::string word = class_of_letter('w', false)->expression();
        const char* form = letter == 'b' ? "(?:(?<={0})(?!{0})|(?<!{0})(?={0}))"
                                         : "(?:(?<={0})(?={0})|(?<!{0})(?!{0}))";
        check(fmt::format(fmt::runtime(form), word), true);
        return Status::ok();
      }
      case 'A':
      case 'G':
      case 'K':
        check(std::string("\\") + letter, true);
        return Status::ok();
      case 'z':
      case 'Z':
        check(std::string("\\") + letter);
        return Status::ok();
      case 'R':
        atom("(?>\\x0d\\x0a|[\\x0a-\\x0d\\x85\\x{2028}\\x{2029}])");
        return Status::ok();
      case 'X':
        result_.looks_back = true;
        atom("\\X");
        return Status::ok();
      case 'N':
        atom("[^\\n]");
        return Status::ok();
      case 'O':
        result_.differs = true;
        atom("(?s:.)");
        return Status::ok();
      default:
        return in_.refused(fmt::format("\\{}", letter));
    }
  }

  // Of a group that is closed; where groups have names, the others have no numbers.
  Status back_reference() {
    size_t number = 0;
    const std::string_view rest = in_.text.substr(in_.at);
    const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), number).ptr;
    if (number == 0 || number > numbered_ || named_) return in_.refused("this back reference");
    in_.at += static_cast<size_t>(end - rest.data());
    atom(fmt::format("\\g{{{}}}", number));
    return Status::ok();
  }

  Status open() {
    const size_t begin = out().size();
    Group group{.flags = in_.flags, .begin = begin};
    const auto begins = [&](std::string_view kind) {
      if (!in_.text.substr(in_.at).starts_with(kind)) return false;
      in_.at += kind.size();
      return true;
    };
    if (in_.at < in_.text.size() && in_.text[in_.at] == '*') return in_.refused("(*");
    if (!begins("?")) {
      ++numbered_;
      out() += '(';
    } else if (begins("#")) {
      return comment();
    } else if (begins(":") || begins(">")) {
      out() += in_.text[in_.at - 1] == ':' ? "(?:" : "(?>";
    } else if (begins("=") || begins("!") || begins("<=") || begins("<!")) {
      const bool behind = in_.text[in_.at - 2] == '<';
      out() += behind ? "(?<" : "(?";
      out() += in_.text[in_.at - 1];
      group.is_check = true;
      result_.looks_back = result_.looks_back || behind;
    } else if (begins("<") || begins("'")) {
      const size_t end = in_.text.find_first_of(">'", in_.at);
      if (end == in_.text.npos) return in_.refused("a group's name that does not end");
      in_.at = end + 1;
      named_ = true;
      out() += '(';
    } else {
      return options(group);
    }
    groups_.push_back(group);
    atom_ = kNone;
    return Status::ok();
  }

  Status comment() {
    const size_t end = in_.text.find(')', in_.at);
    if (end == in_.text.npos) return in_.refused("a comment that does not end");
    in_.at = end + 1;
    return Status::ok();
  }

  // (?i) and (?i:...), with m and x. On its own it makes a group of all that follows, up to the
  // end of the group that it stands in.
  Status options(Group group) {
    RubyFlags flags = in_.flags;
    bool on = true;
    while (!in_.done() && in_.peek() != ')' && in_.peek() != ':') {
      const char32_t c = in_.next();
      if (c == '-') {
        on = false;
      } else if (c == 'i') {
        flags.any_case = on;
      } else if (c == 'm') {
        flags.dot_all = on;
        result_.differs = true;
      } else if (c == 'x') {
        flags.extended = on;
      } else {
        --in_.at;
        return in_.refused("this kind of group");
      }
    }
    if (in_.done()) return in_.refused("a group that is not closed");
    out() += flags.any_case ? "(?i:" : "(?-i:";
    in_.flags = flags;
    atom_ = kNone;
    if (in_.next() == ':') {
      groups_.push_back(group);
      return Status::ok();
    }
    // PCRE2 would not take the alternatives that follow for its own.
    result_.differs = true;
    ++groups_.back().inner;
    return Status::ok();
  }

  void close_inner() {
    out().append(static_cast<size_t>(groups_.back().inner), ')');
    in_.flags = groups_.back().flags;
  }

  Status close() {
    if (groups_.size() == 1) return in_.refused("a ) that closes nothing");
    close_inner();
    const Group group = groups_.back();
    groups_.pop_back();
    out() += ')';
    atom_ = group.is_check ? kNone : group.begin;
    quantified_ = false;
    return Status::ok();
  }

  // What is repeated already becomes a group.
  Status repeat(const std::string& how, bool may_be_possessive, size_t begin) {
    if (atom_ == kNone) {
      in_.at = begin;
      return in_.refused("a repetition of nothing");
    }
    if (quantified_) {
      out().insert(atom_, "(?:");
      out() += ')';
      result_.differs = true;
    }
    out() += how;
    quantified_ = true;
    const char32_t mode = in_.done() ? 0 : in_.peek();
    const bool lazy = mode == '?' && !is_fixed_;
    if (lazy || (mode == '+' && may_be_possessive)) out() += static_cast<char>(in_.next());
    is_fixed_ = false;
    return Status::ok();
  }

  // {n}, {n,}, {,m}, {n,m}. Ruby knows no possessive one, and {n}? is one or none of them.
  Status interval(size_t begin) {
    const std::string_view rest = in_.text.substr(in_.at);
    const size_t end = rest.find('}');
    const std::string_view inside = rest.substr(0, end);
    const size_t comma = inside.find(',');
    const std::string_view low = inside.substr(0, comma);
    const std::string_view high = comma == inside.npos ? low : inside.substr(comma + 1);
    const auto is_number = [](std::string_view text) {
      return text.size() < 7 &&
             std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    if (end == rest.npos || !is_number(low) || !is_number(high) || (low.empty() && high.empty())) {
      return literal('{', 0);
    }
    int from = 0, to = -1;
    std::from_chars(low.data(), low.data() + low.size(), from);
    std::from_chars(high.data(), high.data() + high.size(), to);
    if (to >= 0 && to < from) return in_.refused("an interval that ends before it begins");
    in_.at += end + 1;
    is_fixed_ = comma == inside.npos;
    const std::string upper = high.empty() ? std::string() : fmt::format("{}", to);
    result_.differs = result_.differs || low.empty();
    return repeat(is_fixed_ ? fmt::format("{{{}}}", from) : fmt::format("{{{},{}}}", from, upper),
                  false, begin);
  }

  static constexpr size_t kNone = std::string::npos;
  RubyScanner in_;
  RubyPattern result_;
  std::vector<Group> groups_ = {};
  size_t atom_ = kNone;  // where what may be repeated begins in what is written
  bool quantified_ = false, is_fixed_ = false, named_ = false;
  size_t numbered_ = 0;
  char32_t last_letter_ = 0;
};

}  // namespace

StatusOr<RubyPattern> pcre2_of_ruby(std::string_view pattern) {
  return Translator(pattern).translate();
}

}  // namespace raddle::data
