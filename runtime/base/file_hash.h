// SPDX-License-Identifier: Apache-2.0
// Hashes of files that need not fit into memory.
#pragma once

#include "runtime/base/file_system.h"

namespace raddle {

// hash_bytes() of a part of a file.
StatusOr<uint64_t> hash_range(const ReadableFile& file, uint64_t offset, uint64_t bytes);

}  // namespace raddle
