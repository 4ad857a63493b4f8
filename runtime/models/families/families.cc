// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/families/families.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace raddle::models {
namespace {

constexpr const Family* kAll[] = {&kGpt2, &kLlama, &kQwen3};

}  // namespace

std::span<const Family* const> families() { return kAll; }

const Family* find_family(std::string_view name) {
  const auto found = std::find_if(std::begin(kAll), std::end(kAll),
                                  [&](const Family* family) { return family->name == name; });
  return found == std::end(kAll) ? nullptr : *found;
}

std::string family_names() {
  std::vector<std::string_view> names;
  for (const Family* family : kAll) names.push_back(family->name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace raddle::models
