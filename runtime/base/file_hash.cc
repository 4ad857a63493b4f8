// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/file_hash.h"

#include <algorithm>

#include "runtime/base/hash.h"

namespace raddle {

StatusOr<uint64_t> hash_range(const ReadableFile& file, uint64_t offset, uint64_t bytes,
                              StopToken* stop) {
  constexpr uint64_t kPiece = uint64_t{1} << 20;
  StreamingHash hash;
  std::vector<std::byte> piece(std::min(kPiece, bytes));
  while (bytes > 0) {
    const size_t now = std::min<uint64_t>(piece.size(), bytes);
    RADDLE_RETURN_IF_ERROR(check_stop(stop, "reading " + file.path()));
    RADDLE_RETURN_IF_ERROR(file.read_at(offset, piece.data(), now));
    hash.update(piece.data(), now);
    offset += now;
    bytes -= now;
    advance(stop, static_cast<int64_t>(now));
  }
  return hash.digest();
}

}  // namespace raddle
