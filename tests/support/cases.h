// SPDX-License-Identifier: Apache-2.0
// Case files: one case a line, "key=value key=value ... # why this tolerance", read by tests and
// benches alike (tests/cases/README.md). Blank lines and lines that start with # are skipped.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace raddle::test {

class Case {
 public:
  explicit Case(const std::string& line) : line_(line) {
    std::istringstream in(line.substr(0, line.find('#')));
    for (std::string pair; in >> pair;) {
      const size_t equals = pair.find('=');
      values_[pair.substr(0, equals)] = equals == std::string::npos ? "1" : pair.substr(equals + 1);
    }
  }
  const std::string& line() const { return line_; }
  std::string text(const std::string& key, const std::string& otherwise = "") const {
    const auto it = values_.find(key);
    return it == values_.end() ? otherwise : it->second;
  }
  int64_t integer(const std::string& key, int64_t otherwise = 0) const {
    const auto it = values_.find(key);
    return it == values_.end() ? otherwise : std::strtoll(it->second.c_str(), nullptr, 10);
  }
  double number(const std::string& key, double otherwise = 0) const {
    const auto it = values_.find(key);
    return it == values_.end() ? otherwise : std::strtod(it->second.c_str(), nullptr);
  }

 private:
  std::string line_;
  std::map<std::string, std::string> values_;
};

// Reads tests/cases/<name>. An unreadable or empty file ends the program: a suite without cases
// must not pass.
inline std::vector<Case> read_cases(const std::string& source_dir, const std::string& name) {
  const std::string path = source_dir + "/tests/cases/" + name;
  std::ifstream in(path);
  std::vector<Case> cases;
  for (std::string line; std::getline(in, line);) {
    const size_t first = line.find_first_not_of(" \t");
    if (first != std::string::npos && line[first] != '#') cases.emplace_back(line);
  }
  if (cases.empty()) {
    std::fprintf(stderr, "no cases in %s\n", path.c_str());
    std::exit(2);
  }
  return cases;
}

}  // namespace raddle::test
