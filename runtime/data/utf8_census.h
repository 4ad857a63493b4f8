// SPDX-License-Identifier: Apache-2.0
// How much of a text is not UTF-8: a few broken bytes in one that is, or a text in another
// encoding, such as Windows-1252.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/data/text_walk.h"

namespace raddle::data {

class Utf8Census {
 public:
  // The next part of a text, which may end inside a character unless it is the `last`. `begin` is
  // where it lies in the file.
  void add(std::string_view part, uint64_t begin, bool last);

  uint64_t invalid() const { return invalid_; }  // bytes that are in no character
  // UNIMPLEMENTED where most of what is not ASCII is invalid, and that is more than a trace. Of the
  // beginning of a file a good part must be known; with `whole` all of it is.
  Status refuse_other_encoding(const std::string& path, bool whole) const;
  void warn(const std::string& path) const;  // of invalid bytes, if there are any

 private:
  TextRest rest_;
  uint64_t bytes_ = 0, beyond_ascii_ = 0, invalid_ = 0;
  uint64_t first_at_ = 0;
  unsigned char first_ = 0;
};

}  // namespace raddle::data
