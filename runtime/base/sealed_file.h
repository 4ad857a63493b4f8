// SPDX-License-Identifier: Apache-2.0
// Small files that are read again by whoever names them: beside FILE lies FILE.xxh3 with its
// checksum, so that a flipped bit is noticed where the file is read.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/file_system.h"

namespace raddle {

// Atomic; a crash leaves the old file, the new one, or either without its checksum.
Status write_sealed(FileSystem& fs, const std::string& path, std::string_view text);

// The text of any file; DATA_LOSS when there is a checksum beside it that is not its own.
StatusOr<std::string> read_sealed(FileSystem& fs, const std::string& path);

// Whether `path` is a file with its own checksum beside it, so that it was written by
// write_sealed() and nobody has changed it since.
StatusOr<bool> is_sealed(FileSystem& fs, const std::string& path);

}  // namespace raddle
