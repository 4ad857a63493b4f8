// SPDX-License-Identifier: Apache-2.0
// The bytes of a text file, as far as they are needed at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/status.h"
#include "runtime/data/byte_reader.h"

namespace raddle::data {

class ByteWindow {
 public:
  explicit ByteWindow(std::unique_ptr<ByteReader> reader) : reader_(std::move(reader)) {}

  // What is known of the file from the last drop() on; good until grow().
  std::string_view text() const { return std::string_view(buffer_).substr(at_); }
  // Makes text() longer; false: it reaches the end of the file. DATA_LOSS for a file that is
  // damaged or cut off.
  StatusOr<bool> grow();
  void drop(size_t bytes) { at_ += bytes; }

  uint64_t file_bytes() const { return reader_->file_bytes(); }  // on disk
  // On disk, up to `bytes` into text(); for a compressed file what was read of it.
  uint64_t file_position(size_t bytes) const;

 private:
  std::unique_ptr<ByteReader> reader_;
  std::string buffer_;
  size_t at_ = 0;
};

StatusOr<std::unique_ptr<ByteWindow>> open_window(const std::string& path);

}  // namespace raddle::data
