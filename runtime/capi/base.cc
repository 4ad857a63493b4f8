// SPDX-License-Identifier: Apache-2.0
#include "raddle/base.h"

#include <cstdlib>
#include <string_view>
#include <vector>

#include "runtime/capi/border.h"
#include "runtime/config/nearest.h"

#define RADDLE_TEXT_INNER_(x) #x
#define RADDLE_TEXT_(x) RADDLE_TEXT_INNER_(x)
#define RADDLE_VERSION_TEXT_         \
  RADDLE_TEXT_(RADDLE_VERSION_MAJOR) \
  "." RADDLE_TEXT_(RADDLE_VERSION_MINOR) "." RADDLE_TEXT_(RADDLE_VERSION_PATCH)

uint32_t raddle_version(void) { return RADDLE_VERSION; }

const char* raddle_version_string(void) { return RADDLE_VERSION_TEXT_; }

const char* raddle_build_info(void) {
  return "version: " RADDLE_VERSION_TEXT_ "\ncompiler: " RADDLE_BUILD_COMPILER
         "\nbuild_type: " RADDLE_BUILD_TYPE "\nsanitizers: " RADDLE_BUILD_SANITIZERS "\n";
}

void raddle_text_destroy(char** text) {
  if (text == nullptr) return;
  std::free(*text);
  *text = nullptr;
}

int64_t raddle_nearest_match(const char* typed, const char* const* candidates,
                             int64_t candidate_count) {
  if (typed == nullptr || candidates == nullptr || candidate_count <= 0) return -1;
  return raddle::capi::border_value<int64_t>(-1, [&]() -> int64_t {
    std::vector<std::string_view> names;
    for (int64_t i = 0; i < candidate_count; ++i) {
      names.emplace_back(candidates[i] == nullptr ? "" : candidates[i]);
    }
    const auto index = raddle::config::nearest_match(typed, names);
    return index ? static_cast<int64_t>(*index) : -1;
  });
}
