// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/byte_reader.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/file_system.h"

namespace raddle::data {
namespace {

Status cut_off(const std::string& path, const char* packing, uint64_t bytes) {
  return data_loss(
      "{}: the {} data breaks off at byte {}, the end of the file; expected it whole: copy or "
      "download the file again",
      path, packing, bytes);
}

Status damaged(const std::string& path, const char* packing, uint64_t at, const char* why) {
  return data_loss("{}: damaged {} data near byte {} ({}); copy or download the file again", path,
                   packing, at, why);
}

constexpr size_t kChunkBytes = 1 << 18;

// What is at hand of the file.
class Input {
 public:
  explicit Input(std::unique_ptr<ReadableFile> file) : file_(std::move(file)) {}
  // Has something at hand afterwards, but at the end of the file.
  Status fill() {
    if (at_ < chunk_.size() || is_at_end()) return Status::ok();
    begin_ += chunk_.size();
    at_ = 0;
    chunk_.resize(static_cast<size_t>(std::min<uint64_t>(kChunkBytes, file_->bytes() - begin_)));
    return file_->read_at(begin_, chunk_.data(), chunk_.size());
  }
  std::string_view at_hand() const {
    return std::string_view(chunk_.data(), chunk_.size()).substr(at_);
  }
  void take(size_t bytes) { at_ += bytes; }
  uint64_t taken() const { return begin_ + at_; }
  bool is_at_end() const { return taken() == file_->bytes(); }
  const ReadableFile& file() const { return *file_; }
  const std::string& path() const { return file_->path(); }

 private:
  std::unique_ptr<ReadableFile> file_;
  std::vector<char> chunk_;
  uint64_t begin_ = 0;  // of the chunk, in the file
  size_t at_ = 0;       // in the chunk
};

class PlainReader final : public ByteReader {
 public:
  explicit PlainReader(std::unique_ptr<ReadableFile> file) : file_(std::move(file)) {}
  StatusOr<size_t> read(std::span<char> out) override {
    const auto bytes =
        static_cast<size_t>(std::min<uint64_t>(out.size(), file_->bytes() - consumed_));
    RADDLE_RETURN_IF_ERROR(file_->read_at(consumed_, out.data(), bytes));
    consumed_ += bytes;
    return bytes;
  }
  uint64_t consumed() const override { return consumed_; }
  uint64_t file_bytes() const override { return file_->bytes(); }
  bool is_packed() const override { return false; }

 private:
  std::unique_ptr<ReadableFile> file_;
  uint64_t consumed_ = 0;
};

class GzipReader final : public ByteReader {
 public:
  explicit GzipReader(std::unique_ptr<ReadableFile> file) : input_(std::move(file)) {}
  ~GzipReader() override {
    if (ready_) inflateEnd(&stream_);
  }
  Status init() {
    constexpr int kGzipOnly = 15 + 16;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) {
      return resource_exhausted("{}: no memory to unpack gzip data", input_.path());
    }
    ready_ = true;
    return Status::ok();
  }
  StatusOr<size_t> read(std::span<char> out) override {
    size_t written = 0;
    while (written < out.size() && !done_) {
      RADDLE_RETURN_IF_ERROR(input_.fill());
      const std::string_view in = input_.at_hand();
      const size_t room = std::min(out.size() - written, kChunkBytes);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + written);
      stream_.avail_out = static_cast<uInt>(room);
      // zlib only reads it.
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
      stream_.avail_in = static_cast<uInt>(in.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      input_.take(in.size() - stream_.avail_in);
      written += room - stream_.avail_out;
      if (result == Z_STREAM_END) {
        RADDLE_RETURN_IF_ERROR(next_member());
      } else if (result == Z_BUF_ERROR ||
                 (result == Z_OK && input_.is_at_end() && stream_.avail_out > 0)) {
        return cut_off(input_.path(), "gzip", input_.taken());
      } else if (result != Z_OK) {
        return damaged(input_.path(), "gzip", input_.taken(),
                       stream_.msg != nullptr ? stream_.msg : "bad data");
      }
    }
    return written;
  }
  uint64_t consumed() const override { return input_.taken(); }
  uint64_t file_bytes() const override { return input_.file().bytes(); }
  bool is_packed() const override { return true; }

 private:
  // Members follow each other; some tools fill up with zeros after the last.
  Status next_member() {
    while (true) {
      RADDLE_RETURN_IF_ERROR(input_.fill());
      const std::string_view in = input_.at_hand();
      const size_t other = std::min(in.find_first_not_of('\0'), in.size());
      input_.take(other);
      if (other < in.size() || input_.is_at_end()) break;
    }
    done_ = input_.is_at_end();
    if (done_) return Status::ok();
    if (input_.at_hand().front() != '\x1f') {
      return damaged(input_.path(), "gzip", input_.taken(),
                     "what follows a member is no gzip data");
    }
    inflateReset(&stream_);
    return Status::ok();
  }

  Input input_;
  z_stream stream_ = {};
  bool ready_ = false, done_ = false;
};

class ZstdReader final : public ByteReader {
 public:
  explicit ZstdReader(std::unique_ptr<ReadableFile> file)
      : input_(std::move(file)), stream_(ZSTD_createDStream()) {}
  ~ZstdReader() override { ZSTD_freeDStream(stream_); }
  Status init() {
    constexpr int kLargestWindow = 31;  // as of `zstd --long=31`
    const bool ready = stream_ != nullptr && !ZSTD_isError(ZSTD_DCtx_setParameter(
                                                 stream_, ZSTD_d_windowLogMax, kLargestWindow));
    if (!ready) return resource_exhausted("{}: no memory to unpack zstd data", input_.path());
    return Status::ok();
  }
  StatusOr<size_t> read(std::span<char> out) override {
    ZSTD_outBuffer to = {out.data(), out.size(), 0};
    while (to.pos < to.size) {
      if (input_.is_at_end() && whole_) break;
      RADDLE_RETURN_IF_ERROR(input_.fill());
      ZSTD_inBuffer in = {input_.at_hand().data(), input_.at_hand().size(), 0};
      const size_t out_before = to.pos;
      const size_t result = ZSTD_decompressStream(stream_, &to, &in);
      input_.take(in.pos);
      if (ZSTD_isError(result)) {
        return damaged(input_.path(), "zstd", input_.taken(), ZSTD_getErrorName(result));
      }
      whole_ = result == 0;
      if (!whole_ && in.pos == 0 && to.pos == out_before) {
        return cut_off(input_.path(), "zstd", input_.taken());
      }
    }
    return to.pos;
  }
  uint64_t consumed() const override { return input_.taken(); }
  uint64_t file_bytes() const override { return input_.file().bytes(); }
  bool is_packed() const override { return true; }

 private:
  Input input_;
  ZSTD_DStream* stream_;
  bool whole_ = false;  // the frame that was read last has ended
};

StatusOr<std::string> read_some(const ReadableFile& file, uint64_t at, size_t most) {
  std::string bytes(static_cast<size_t>(std::min<uint64_t>(most, file.bytes() - at)), '\0');
  RADDLE_RETURN_IF_ERROR(file.read_at(at, bytes.data(), bytes.size()));
  return bytes;
}

// Of the frames at the start that are to be skipped: a mark, the bytes that follow, those bytes.
StatusOr<uint64_t> skippable_bytes(const ReadableFile& file) {
  uint64_t at = 0;
  while (true) {
    RADDLE_ASSIGN_OR_RETURN(const std::string head, read_some(file, at, 8));
    if (head.size() < 8) return at;
    const auto number = [&](size_t from) {
      uint32_t value = 0;
      for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(head[from + i]);
      return value;
    };
    if ((number(0) & ~0xFU) != ZSTD_MAGIC_SKIPPABLE_START) return at;
    const uint64_t next = at + 8 + number(4);
    if (next > file.bytes()) return at;
    at = next;
  }
}

template <class T>
StatusOr<std::unique_ptr<ByteReader>> ready(std::unique_ptr<T> reader) {
  RADDLE_RETURN_IF_ERROR(reader->init());
  return std::unique_ptr<ByteReader>(std::move(reader));
}

}  // namespace

Status check_data_file(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const FileInfo info, file_system().info(path));
  switch (info.kind) {
    case FileInfo::Kind::kFile:
      return Status::ok();
    case FileInfo::Kind::kDirectory:
      return invalid_argument(
          "cannot read {} as data: it is a directory, not a regular file; name the files in it "
          "(several in data.path are a list with commas between them)",
          path);
    case FileInfo::Kind::kOther:
      return invalid_argument(
          "cannot read {} as data: it is a pipe or a device, and data is read more than once; "
          "write it to a file first",
          path);
    case FileInfo::Kind::kNone:
      break;
  }
  if (path.find_first_of("*?[") == path.npos) return Status::ok();
  return not_found(
      "cannot read {}: there is no file of that name, and patterns are not filled in here; name "
      "the files (several in data.path are a list with commas between them)",
      path);
}

StatusOr<std::unique_ptr<ByteReader>> open_reader(const std::string& path) {
  RADDLE_RETURN_IF_ERROR(check_data_file(path));
  RADDLE_ASSIGN_OR_RETURN(auto file, file_system().open(path));
  RADDLE_ASSIGN_OR_RETURN(const std::string begin, read_some(*file, 0, 4));
  // What Zstandard passes over may stand first, as `pzstd` writes it; LZ4 has the same marks.
  RADDLE_ASSIGN_OR_RETURN(const uint64_t skipped, skippable_bytes(*file));
  RADDLE_ASSIGN_OR_RETURN(const std::string after, read_some(*file, skipped, 4));
  if (begin.starts_with("\x1f\x8b")) return ready(std::make_unique<GzipReader>(std::move(file)));
  if (after == "\x28\xb5\x2f\xfd") return ready(std::make_unique<ZstdReader>(std::move(file)));
  return std::unique_ptr<ByteReader>(std::make_unique<PlainReader>(std::move(file)));
}

}  // namespace raddle::data
