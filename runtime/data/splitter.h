// SPDX-License-Identifier: Apache-2.0
// Cuts the bytes of a window at a separator.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "runtime/data/byte_window.h"

namespace raddle::data {

class Splitter {
 public:
  explicit Splitter(std::unique_ptr<ByteWindow> window, size_t offset = 0)
      : window_(std::move(window)), offset_(offset) {}
  // What lies before the next separator, or before the end of the file (`separated` is then false;
  // with an empty separator that is all of it). False when nothing is left. Good until the next
  // call.
  StatusOr<bool> next(std::string_view separator, std::string_view* part, bool* separated);

  size_t part_begin() const { return offset_; }  // of the last part, in the unpacked file
  uint64_t bytes_done() const { return window_->file_position(taken_); }
  const ByteWindow& window() const { return *window_; }

 private:
  std::unique_ptr<ByteWindow> window_;
  size_t offset_;     // of the window's text in the unpacked file
  size_t taken_ = 0;  // of the window's text, by the last part
};

}  // namespace raddle::data
