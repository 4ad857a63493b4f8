// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/byte_window.h"

namespace raddle::data {
namespace {

constexpr size_t kChunkBytes = 1 << 18;

}  // namespace

StatusOr<bool> ByteWindow::grow() {
  // Moving what is left costs as much as what was dropped, so every byte moves once or so.
  if (at_ > buffer_.size() / 2) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  const size_t before = buffer_.size();
  buffer_.resize(before + kChunkBytes);
  auto read = reader_->read({buffer_.data() + before, kChunkBytes});
  buffer_.resize(before + (read.is_ok() ? *read : 0));
  if (!read.is_ok()) return std::move(read).status();
  return *read > 0;
}

uint64_t ByteWindow::file_position(size_t bytes) const {
  return reader_->consumed() - (reader_->is_packed() ? 0 : text().size() - bytes);
}

StatusOr<std::unique_ptr<ByteWindow>> open_window(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(auto reader, open_reader(path));
  return std::make_unique<ByteWindow>(std::move(reader));
}

}  // namespace raddle::data
