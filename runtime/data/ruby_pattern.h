// SPDX-License-Identifier: Apache-2.0
// Split patterns are regular expressions of Oniguruma's Ruby syntax, which Hugging Face's library
// reads; this writes them for PCRE2, so that they match the same. What is not known to be the same
// is refused by name.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::data {

struct RubyPattern {
  std::string pcre2;        // to be compiled with UTF, UCP and lines that end with \n
  bool looks_back = false;  // a match may depend on what is before it
  bool differs = false;     // PCRE2 would have taken the pattern itself for another
};

// UNIMPLEMENTED with the place in the pattern where it is not read.
StatusOr<RubyPattern> pcre2_of_ruby(std::string_view pattern);

}  // namespace raddle::data
