// SPDX-License-Identifier: Apache-2.0
// What often lies under another file's name: a git-lfs pointer, a web page, an archive. A reader
// whose file does not parse asks here before it says "not a ... file".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace raddle {

struct FileKind {
  std::string what;    // "a git-lfs pointer, not the file itself"
  std::string remedy;  // "run `git lfs pull` ..."
};

// `begin`: the first bytes of the file, 512 if it has them. Nothing for what is not recognised.
std::optional<FileKind> recognize_file(std::string_view begin);

// The message of a reader whose file does not parse as JSON: what it is instead, if that can be
// told. `byte` is where parsing ended; 0: not known.
std::string not_json_message(std::string_view text, std::string_view where, size_t byte);

}  // namespace raddle
