// SPDX-License-Identifier: Apache-2.0
#include "cli/exec_arguments.h"

#include <unistd.h>

#include <string_view>

namespace raddle::cli {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool replaced = false;
    for (const auto& [name, value] : variables) {
      replaced |= std::string_view(*entry).substr(0, name.size() + 1) == name + "=";
    }
    if (!replaced) all.emplace_back(*entry);
  }
  for (const auto& [name, value] : variables) all.push_back(name + "=" + value);
  return all;
}

}  // namespace raddle::cli
