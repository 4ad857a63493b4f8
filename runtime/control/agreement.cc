// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/agreement.h"

#include <algorithm>
#include <map>

#include "runtime/control/messages.h"
#include "runtime/control/wire.h"

namespace raddle::control {

namespace {

constexpr size_t kMostShown = 3;
constexpr size_t kValueShown = 120;

using Values = std::map<std::string_view, std::string_view>;

Values values_of(std::string_view lines) {
  Values values;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const size_t equals = line.find(" = ");
    if (equals == line.npos) {
      values[line] = "";
    } else {
      values[line.substr(0, equals)] = line.substr(equals + 3);
    }
  }
  return values;
}

std::string shown(const Values& values, std::string_view key) {
  const auto it = values.find(key);
  if (it == values.end()) return "not known";
  return it->second.size() > kValueShown ? cut_text(it->second, kValueShown) + "..."
                                         : std::string(it->second);
}

}  // namespace

StatusOr<std::string> join_lines(const std::vector<std::string>& lines) {
  std::string joined;
  for (const std::string& line : lines) {
    if (line.find('\n') != line.npos) {
      return invalid_argument("a line of what ranks agree on has a line break: {}",
                              line.substr(0, line.find('\n')));
    }
    joined += line + "\n";
  }
  if (joined.size() > kAgreementLimit) {
    return invalid_argument("what ranks agree on has {} bytes, expected at most {}", joined.size(),
                            kAgreementLimit);
  }
  return joined;
}

std::string difference(std::string_view of_rank_0, std::string_view there) {
  if (of_rank_0 == there) return "";
  const Values here = values_of(of_rank_0), other = values_of(there);
  Values all = here;
  all.insert(other.begin(), other.end());
  std::string text;
  size_t count = 0;
  for (const auto& [key, ignored] : all) {
    const auto mine = here.find(key), theirs = other.find(key);
    if (mine != here.end() && theirs != other.end() && mine->second == theirs->second) continue;
    if (++count > kMostShown) continue;
    text += fmt::format("{}{} is {} there and {} at rank 0", count > 1 ? "; " : "", key,
                        shown(other, key), shown(here, key));
  }
  if (count > kMostShown) text += fmt::format("; and {} more", count - kMostShown);
  return text.empty() ? "the order of what they agree on" : text;
}

}  // namespace raddle::control
