// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh_lengths.h"

#include <fmt/core.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <string_view>

#include "cli/api.h"

namespace raddle::cli {
namespace {

// What a message shows of a line: printable, and not all of a long one.
std::string shown(std::string_view line) {
  constexpr size_t kLength = 40;
  std::string text;
  for (const char c : line.substr(0, kLength)) text += c >= 0x20 && c < 0x7f ? c : '?';
  return "'" + text + (line.size() > kLength ? "...'" : "'");
}

int64_t length_of(const std::string& path, size_t number, std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  int64_t tokens = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), tokens);
  if (error == std::errc() && end == line.data() + line.size()) return tokens;
  throw Failure(kExitData,
                fmt::format("{}: line {} is {}, expected the tokens of one sequence, a whole "
                            "number; correct the line or remove it",
                            path, number, shown(line)));
}

}  // namespace

std::vector<int64_t> read_lengths(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Failure(kExitData, fmt::format("{}: {}; expected a file with one count of tokens a line",
                                         path, std::strerror(errno)));
  }
  std::vector<int64_t> lengths;
  std::string line;
  while (std::getline(file, line)) lengths.push_back(length_of(path, lengths.size() + 1, line));
  if (file.bad()) throw Failure(kExitIo, fmt::format("{}: reading failed", path));
  if (lengths.empty()) {
    throw Failure(kExitData,
                  fmt::format("{}: it is empty, expected one count of tokens a line", path));
  }
  return lengths;
}

void with_lines_named(const std::string& path, const std::function<void()>& act) {
  try {
    act();
  } catch (const Failure& failure) {
    throw Failure(failure.exit_code(),
                  fmt::format("{} (sequence n is line n of {})", failure.what(), path));
  }
}

}  // namespace raddle::cli
