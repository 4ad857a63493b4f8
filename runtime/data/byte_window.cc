// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/byte_window.h"

#include <utility>

#include "runtime/base/file_system.h"
#include "runtime/data/unpack.h"

namespace raddle::data {
namespace {

constexpr size_t kChunkBytes = 1 << 18;

class PlainWindow final : public ByteWindow {
 public:
  explicit PlainWindow(MappedFile file) : file_(std::move(file)) {}
  std::string_view text() const override {
    return {reinterpret_cast<const char*>(file_.data()) + at_, file_.bytes() - at_};
  }
  StatusOr<bool> grow() override { return false; }
  void drop(size_t bytes) override { at_ += bytes; }
  uint64_t file_bytes() const override { return file_.bytes(); }
  uint64_t file_position(size_t bytes) const override { return at_ + bytes; }
  const char* packing() const override { return ""; }

 private:
  MappedFile file_;
  size_t at_ = 0;
};

class UnpackedWindow final : public ByteWindow {
 public:
  UnpackedWindow(MappedFile file, std::unique_ptr<Unpacker> unpacker)
      : file_(std::move(file)), unpacker_(std::move(unpacker)) {}
  std::string_view text() const override { return std::string_view(buffer_).substr(at_); }
  StatusOr<bool> grow() override {
    // Moving what is left costs as much as what was dropped, so every byte moves once or so.
    if (at_ > buffer_.size() / 2) {
      buffer_.erase(0, at_);
      at_ = 0;
    }
    const size_t before = buffer_.size();
    buffer_.resize(before + kChunkBytes);
    auto read = unpacker_->read({buffer_.data() + before, kChunkBytes});
    buffer_.resize(before + (read.is_ok() ? *read : 0));
    if (!read.is_ok()) return std::move(read).status();
    return *read > 0;
  }
  void drop(size_t bytes) override { at_ += bytes; }
  uint64_t file_bytes() const override { return file_.bytes(); }
  uint64_t file_position(size_t) const override { return unpacker_->consumed(); }
  const char* packing() const override { return unpacker_->packing(); }

 private:
  MappedFile file_;
  std::unique_ptr<Unpacker> unpacker_;
  std::string buffer_;
  size_t at_ = 0;
};

}  // namespace

StatusOr<std::unique_ptr<ByteWindow>> open_window(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(path));
  RADDLE_ASSIGN_OR_RETURN(auto unpacker, make_unpacker(file.span(), path));
  std::unique_ptr<ByteWindow> window;
  if (unpacker == nullptr) {
    window = std::make_unique<PlainWindow>(std::move(file));
  } else {
    window = std::make_unique<UnpackedWindow>(std::move(file), std::move(unpacker));
  }
  return window;
}

}  // namespace raddle::data
