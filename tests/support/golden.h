// SPDX-License-Identifier: Apache-2.0
// Compares a text with a committed file under tests/golden/. To accept a change, run the test once
// with RADDLE_UPDATE_GOLDEN=1: it rewrites the files (and fails, so that such a run proves
// nothing), and the diff says what changed.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace raddle::test {

// The first differing line of both, for a message that can be read.
inline std::string first_difference(std::string_view expected, std::string_view actual) {
  size_t line = 1;
  while (!expected.empty() || !actual.empty()) {
    const std::string_view e = expected.substr(0, expected.find('\n'));
    const std::string_view a = actual.substr(0, actual.find('\n'));
    if (e != a) {
      return "line " + std::to_string(line) + "\n  expected: " + std::string(e) +
             "\n  actual:   " + std::string(a);
    }
    expected.remove_prefix(std::min(expected.size(), e.size() + 1));
    actual.remove_prefix(std::min(actual.size(), a.size() + 1));
    ++line;
  }
  return "the end of the text (a final newline is missing or too many)";
}

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(RADDLE_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("RADDLE_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    ADD_FAILURE() << "rewrote " << path;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in.good()) << path << " does not exist; run once with RADDLE_UPDATE_GOLDEN=1";
  const std::string expected((std::istreambuf_iterator<char>(in)),
                             std::istreambuf_iterator<char>());
  if (expected != text) {
    ADD_FAILURE() << path << " differs at " << first_difference(expected, text);
  }
}

}  // namespace raddle::test
