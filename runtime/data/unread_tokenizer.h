// SPDX-License-Identifier: Apache-2.0
// Signs of a tokenizer that Raddle does not read, so that nobody takes another for it.
#pragma once

#include <string>

#include "runtime/base/file_system.h"
#include "runtime/base/status.h"

namespace raddle::data {

// UNIMPLEMENTED for a file of a kind that is not read, by its name.
Status refuse_unread_file(const std::string& directory, const std::string& name);
// For a directory where has_tokenizer() finds none. An error names the file that shows that there
// is one of another kind, or a part of one, and what to do; OK: nothing speaks of any.
Status refuse_unread_tokenizer(FileSystem& fs, const std::string& directory);

}  // namespace raddle::data
