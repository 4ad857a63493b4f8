// SPDX-License-Identifier: Apache-2.0
// The bytes of a text file, as far as they are needed at once. A plain file is mapped and seen
// whole; a gzip or Zstandard file (told by its first bytes, several members or frames after each
// other are one text) is unpacked as it is read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::data {

class ByteWindow {
 public:
  virtual ~ByteWindow() = default;
  // What is known of the file from the last drop() on; good until grow().
  virtual std::string_view text() const = 0;
  // Makes text() longer; false: it reaches the end of the file. DATA_LOSS for a compressed file
  // that is damaged or cut off.
  virtual StatusOr<bool> grow() = 0;
  virtual void drop(size_t bytes) = 0;

  virtual uint64_t file_bytes() const = 0;  // on disk
  // On disk, up to `bytes` into text(); for a compressed file what was read of it.
  virtual uint64_t file_position(size_t bytes) const = 0;
  virtual const char* packing() const = 0;  // "", "gzip" or "zstd"
};

StatusOr<std::unique_ptr<ByteWindow>> open_window(const std::string& path);

}  // namespace raddle::data
