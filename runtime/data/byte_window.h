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
  std::string_view text() const { return {buffer_.get() + at_, end_ - at_}; }
  // Makes text() longer; false: it reaches the end of the file. DATA_LOSS for a file that is
  // damaged or cut off.
  StatusOr<bool> grow();
  void drop(size_t bytes) { at_ += bytes; }

  uint64_t file_bytes() const { return reader_->file_bytes(); }  // on disk
  // On disk, up to `bytes` into text(); for a compressed file what was read of it.
  uint64_t file_position(size_t bytes) const;

 private:
  void make_room();

  std::unique_ptr<ByteReader> reader_;
  std::unique_ptr<char[]> buffer_;  // no string, which would be filled with zeros first
  size_t capacity_ = 0;
  size_t at_ = 0, end_ = 0;  // of the text in it
};

StatusOr<std::unique_ptr<ByteWindow>> open_window(const std::string& path);

}  // namespace raddle::data
