// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/utf8_census.h"

#include <algorithm>

#include "runtime/base/log.h"
#include "runtime/data/utf8.h"

namespace raddle::data {
namespace {

constexpr uint64_t kGoodPart = 1 << 16;
constexpr uint64_t kTrace = 64;   // so many broken bytes may be in any text ...
constexpr uint64_t kRare = 1000;  // ... and one in so many in a long one

}  // namespace

void Utf8Census::add(std::string_view part, uint64_t begin, bool last) {
  bytes_ += part.size();
  beyond_ascii_ += static_cast<uint64_t>(std::count_if(
      part.begin(), part.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }));
  const std::string_view text = rest_.join(part);
  begin -= text.size() - part.size();
  size_t at = utf8_valid_prefix(text);
  while (at < text.size()) {
    const std::string_view left = text.substr(at);
    size_t bytes = utf8_invalid_prefix(left);
    // The beginning of a character may be among the last ones.
    if (!last && bytes == left.size()) bytes -= std::min(bytes, kLongestCharacter - 1);
    if (bytes == 0) break;
    if (invalid_ == 0) {
      first_at_ = begin + at;
      first_ = static_cast<unsigned char>(left.front());
    }
    invalid_ += bytes;
    at += bytes;
    at += utf8_valid_prefix(text.substr(at));
  }
  rest_.keep(text, at);
}

Status Utf8Census::refuse_other_encoding(const std::string& path, bool whole) const {
  const bool known = whole || bytes_ >= kGoodPart;
  const bool trace = invalid_ <= kTrace || invalid_ * kRare <= bytes_;
  if (!known || trace || invalid_ * 2 <= beyond_ascii_) return Status::ok();
  return unimplemented(
      "{}: {} of its first {} bytes are in no UTF-8 character (0x{:02X} at byte {} is the first), "
      "as in text of another encoding; expected UTF-8: save it as that (iconv -f WINDOWS-1252 -t "
      "UTF-8, or what its encoding is). To train on its bytes as they are, set data.format = text",
      path, invalid_, bytes_, first_, first_at_);
}

void Utf8Census::warn(const std::string& path) const {
  if (invalid_ == 0) return;
  log_warning(
      "{}: {} bytes are in no UTF-8 character, the first 0x{:02X} at byte {}; they are trained on "
      "as they are. If the file has another encoding, save it as UTF-8 (iconv -f WINDOWS-1252 -t "
      "UTF-8, or what its encoding is)",
      path, invalid_, first_, first_at_);
}

}  // namespace raddle::data
