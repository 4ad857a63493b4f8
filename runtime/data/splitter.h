// SPDX-License-Identifier: Apache-2.0
// Cuts the bytes of a window at a separator, in parts of bounded size where that is asked for.
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
  struct Part {
    std::string_view text;  // good until the next call
    bool separated;         // a separator follows
    bool last;              // nothing comes before that, or before the end of the file
  };
  // What lies before the next separator, or before the end of the file (with an empty separator
  // that is all of it); about `most` bytes of it at a time. False when nothing is left.
  StatusOr<bool> next(std::string_view separator, size_t most, Part* part);

  size_t part_begin() const { return offset_; }  // of the last part, in the unpacked file
  uint64_t bytes_done() const { return window_->file_position(taken_); }
  const ByteWindow& window() const { return *window_; }

 private:
  std::unique_ptr<ByteWindow> window_;
  size_t offset_;     // of the window's text in the unpacked file
  size_t taken_ = 0;  // of the window's text, by the last part
  bool last_ = true;  // so that part was
};

}  // namespace raddle::data
