// SPDX-License-Identifier: Apache-2.0
// Bytes in, whole UTF-8 characters out: a token may end inside a character.
#pragma once

#include <string>
#include <string_view>

namespace raddle::session {

class Utf8Stream {
 public:
  // Appends and returns what is complete by now; valid until the next call. Bytes that can begin no
  // character are passed on as they are.
  std::string_view add(std::string_view bytes);

 private:
  std::string pending_, ready_;
};

}  // namespace raddle::session
