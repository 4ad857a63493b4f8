// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/utf8_stream.h"

namespace raddle::session {
namespace {

// Length of the character that a byte begins; 1 for bytes that begin none.
size_t character_bytes(unsigned char lead) {
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  return 1;
}

bool is_continuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

}  // namespace

std::string_view Utf8Stream::add(std::string_view bytes) {
  pending_ += bytes;
  size_t done = 0;
  while (done < pending_.size()) {
    const size_t length = character_bytes(static_cast<unsigned char>(pending_[done]));
    size_t have = 1;
    while (have < length && done + have < pending_.size() &&
           is_continuation(static_cast<unsigned char>(pending_[done + have]))) {
      ++have;
    }
    if (have < length && done + have == pending_.size()) break;  // the rest is still to come
    done += have;
  }
  ready_ = pending_.substr(0, done);
  pending_.erase(0, done);
  return ready_;
}

}  // namespace raddle::session
