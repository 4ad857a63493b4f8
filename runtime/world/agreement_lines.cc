// SPDX-License-Identifier: Apache-2.0
#include "runtime/world/agreement_lines.h"

#include <algorithm>

#include "runtime/base/hash.h"

namespace raddle::world {

namespace {

constexpr size_t kLongest = 100;

// Of a long value its beginning and its hash: that is enough to tell two apart.
std::string line_of(std::string_view key, std::string value) {
  if (value.size() > kLongest) {
    value = fmt::format("{}... ({} bytes, {})", value.substr(0, kLongest / 2), value.size(),
                        hash_hex(hash_text(value)));
  }
  std::replace(value.begin(), value.end(), '\n', ' ');
  return fmt::format("{} = {}", key, value);
}

}  // namespace

std::vector<std::string> agreement_lines(const config::Config* config, std::string_view build) {
  std::vector<std::string> lines;
  while (!build.empty()) {
    const size_t end = std::min(build.find('\n'), build.size());
    const std::string_view line = build.substr(0, end);
    build.remove_prefix(std::min(end + 1, build.size()));
    const size_t colon = line.find(": ");
    if (colon == line.npos) continue;
    lines.push_back(line_of(fmt::format("build {}", line.substr(0, colon)),
                            std::string(line.substr(colon + 2))));
  }
  if (config == nullptr) return lines;
  for (const config::Option& option : config::options()) {
    if (option.scope() != config::OptionScope::kCluster) continue;
    lines.push_back(line_of(option.key, config->get_text(option.key)));
  }
  return lines;
}

}  // namespace raddle::world
