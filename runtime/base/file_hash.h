// SPDX-License-Identifier: Apache-2.0
// Hashes of files that need not fit into memory.
#pragma once

#include "runtime/base/file_system.h"
#include "runtime/base/stop_token.h"

namespace raddle {

// hash_bytes() of a part of a file. CANCELLED when `stop` is set meanwhile; its work advances by
// the bytes.
StatusOr<uint64_t> hash_range(const ReadableFile& file, uint64_t offset, uint64_t bytes,
                              StopToken* stop = nullptr);

}  // namespace raddle
