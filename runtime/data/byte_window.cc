// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/byte_window.h"

#include <algorithm>

namespace raddle::data {
namespace {

constexpr size_t kChunkBytes = 1 << 18;

}  // namespace

StatusOr<bool> ByteWindow::grow() {
  if (capacity_ - end_ < kChunkBytes) make_room();
  RADDLE_ASSIGN_OR_RETURN(const size_t read, reader_->read({buffer_.get() + end_, kChunkBytes}));
  end_ += read;
  return read > 0;
}

// Moving what is left costs as much as what was dropped or is known, so every byte moves once or
// so.
void ByteWindow::make_room() {
  const std::string_view left = text();
  if (at_ < left.size() || capacity_ - left.size() < kChunkBytes) {
    capacity_ = 2 * left.size() + 2 * kChunkBytes;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    std::copy(left.begin(), left.end(), larger.get());
    buffer_ = std::move(larger);
  } else {
    std::copy(left.begin(), left.end(), buffer_.get());
  }
  at_ = 0;
  end_ = left.size();
}

uint64_t ByteWindow::file_position(size_t bytes) const {
  return reader_->consumed() - (reader_->is_packed() ? 0 : text().size() - bytes);
}

StatusOr<std::unique_ptr<ByteWindow>> open_window(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(auto reader, open_reader(path));
  return std::make_unique<ByteWindow>(std::move(reader));
}

}  // namespace raddle::data
