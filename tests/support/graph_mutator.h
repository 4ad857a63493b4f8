// SPDX-License-Identifier: Apache-2.0
// Damages the text of a graph by its parts (numbers, names, ops, lines), so that much of what comes
// out is still read and goes on to be planned.
#pragma once

#include <cctype>
#include <string>
#include <vector>

#include "runtime/graph/op_table.h"
#include "tests/support/fuzz.h"

namespace raddle::test {

class GraphMutator {
 public:
  void operator()(RandomStream& draws, const std::vector<std::string>& corpus, std::string& text) {
    switch (draws.below(12)) {
      case 0:
      case 1:
      case 2:
        return replace_number(draws, text, /*everywhere=*/true);
      case 3:
      case 4:
        return replace_number(draws, text, /*everywhere=*/false);
      case 5:
      case 6:
        return replace_word(draws, text);
      case 7:
        return replace_op(draws, text);
      case 8:
      case 9:
        return change_lines(draws, text);
      case 10:
        return add_line(draws, text);
      default:
        fuzz_internal::mutate(draws, corpus, text);
    }
  }

 private:
  struct Part {
    size_t begin, size;
  };
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '%' ||
           c == '-';
  }
  // The numbers of a text, or its other words.
  static std::vector<Part> parts(const std::string& text, bool numbers) {
    std::vector<Part> found;
    for (size_t i = 0; i < text.size();) {
      size_t end = i;
      while (end < text.size() && is_word(text[end])) ++end;
      const bool number = end > i && std::isdigit(static_cast<unsigned char>(text[i]));
      if (end > i && number == numbers) found.push_back({i, end - i});
      i = std::max(end, i + 1);
    }
    return found;
  }
  static std::string number(RandomStream& draws, const std::string& old) {
    static constexpr const char* kStrange[] = {"0",
                                               "-1",
                                               "1.5",
                                               "nan",
                                               "inf",
                                               "1e300",
                                               "2147483647",
                                               "2147483648",
                                               "1073741824",
                                               "1048576",
                                               "65536",
                                               "4096",
                                               "9223372036854775807"};
    const int64_t value = std::strtoll(old.c_str(), nullptr, 10);
    const auto wrapped =
        static_cast<uint64_t>(value);  // a number at the end of its kind turns over
    switch (draws.below(6)) {
      case 0:
        return std::to_string(static_cast<int64_t>(wrapped + 1));
      case 1:
        return std::to_string(static_cast<int64_t>(wrapped - 1));
      case 2:
        return std::to_string(static_cast<int64_t>(wrapped * 2));
      case 3:
        return std::to_string(value / 2);
      case 4:
        return kStrange[draws.below(std::size(kStrange))];
      default:
        return std::to_string(draws.below(18));
    }
  }
  static void replace_number(RandomStream& draws, std::string& text, bool everywhere) {
    const auto numbers = parts(text, true);
    if (numbers.empty()) return;
    const Part chosen = numbers[draws.below(numbers.size())];
    const std::string old = text.substr(chosen.begin, chosen.size);
    const std::string fresh = number(draws, old);
    for (size_t i = numbers.size(); i-- > 0;) {
      const Part& part = numbers[i];
      const bool same = text.compare(part.begin, part.size, old) == 0;
      if (everywhere ? same : part.begin == chosen.begin) {
        text.replace(part.begin, part.size, fresh);
      }
    }
  }
  static void replace_word(RandomStream& draws, std::string& text) {
    const auto words = parts(text, false);
    if (words.empty()) return;
    const Part from = words[draws.below(words.size())], to = words[draws.below(words.size())];
    text.replace(to.begin, to.size, text.substr(from.begin, from.size));
  }
  static void replace_op(RandomStream& draws, std::string& text) {
    const auto ops = graph::all_ops();
    const std::string_view fresh = ops[draws.below(ops.size())].name;
    const size_t open = text.find('(', draws.below(text.size() + 1));
    if (open == std::string::npos) return;
    size_t begin = open;
    while (begin > 0 && is_word(text[begin - 1])) --begin;
    text.replace(begin, open - begin, fresh);
  }
  static std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines(1);
    for (const char c : text) {
      if (c == '\n') {
        lines.emplace_back();
      } else {
        lines.back() += c;
      }
    }
    return lines;
  }
  static void change_lines(RandomStream& draws, std::string& text) {
    auto lines = lines_of(text);
    const size_t a = draws.below(lines.size()), b = draws.below(lines.size());
    switch (draws.below(3)) {
      case 0:
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(a));
        break;
      case 1:
        std::swap(lines[a], lines[b]);
        break;
      default: {  // once more, under another name
        std::string copy = lines[a];
        const size_t equals = copy.find(" = ");
        if (equals != std::string::npos) copy.insert(copy.find_first_of(",: "), "_again");
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(std::max(a, b)), copy);
      }
    }
    text.clear();
    for (const std::string& line : lines) text += line + "\n";
  }
  static void add_line(RandomStream& draws, std::string& text) {
    static constexpr const char* kLines[] = {"phase backward\n", "phase forward\n",
                                             "block 0\n",        "block 1\n",
                                             "block -1\n",       "differentiated\n"};
    std::string line = kLines[draws.below(std::size(kLines))];
    const auto words = parts(text, false);
    if (!words.empty() && draws.below(2) == 0) {
      const Part word = words[draws.below(words.size())];
      line = (draws.below(2) == 0 ? "output " : "loss ") + text.substr(word.begin, word.size);
      line += line.front() == 'l' ? " 0.5\n" : "\n";
    }
    const size_t at = text.find('\n', draws.below(text.size() + 1));
    text.insert(at == std::string::npos ? text.size() : at + 1, line);
  }
};

}  // namespace raddle::test
