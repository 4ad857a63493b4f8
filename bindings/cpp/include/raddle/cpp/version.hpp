// SPDX-License-Identifier: Apache-2.0
// Whether the library that is loaded fits the headers that the program was built with.
#pragma once

#include <raddle/base.h>

#include <cstdint>
#include <string>

#include "raddle/cpp/status.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {
namespace detail {

constexpr std::uint32_t make_version(std::uint32_t major, std::uint32_t minor,
                                     std::uint32_t patch) noexcept {
  return major << 24 | minor << 16 | patch;
}
inline std::string version_words(std::uint32_t version) {
  return std::to_string(version >> 24) + '.' + std::to_string(version >> 16 & 0xff) + '.' +
         std::to_string(version & 0xffff);
}

// A library serves programs that were built with its own headers and with earlier ones of the same
// major version; before 1.0 of the same minor version.
constexpr bool serves(std::uint32_t library, std::uint32_t headers) noexcept {
  const std::uint32_t same = headers >> 24 == 0 ? 16 : 24;
  return library >> same == headers >> same && library >= headers;
}

}  // namespace detail

// What is created first (Context, Config, Stop) asks this, so that a program need not.
inline Status check_version() {
  constexpr std::uint32_t kHeaders =
      detail::make_version(RADDLE_VERSION_MAJOR, RADDLE_VERSION_MINOR, RADDLE_VERSION_PATCH);
  const std::uint32_t library = raddle_version();
  if (detail::serves(library, kHeaders)) return Status();
  return Status(Code::kFailedPrecondition, Scope::kJob,
                "the program was built with the headers of Raddle " +
                    detail::version_words(kHeaders) + " and runs with the library of Raddle " +
                    detail::version_words(library) + ", which is too " +
                    (library < kHeaders ? "old" : "new") +
                    "; install the library that belongs to the headers, or build the program "
                    "again with the headers of the library");
}

}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
