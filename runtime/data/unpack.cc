// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/unpack.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <climits>
#include <cstring>

namespace raddle::data {
namespace {

Status cut_off(const std::string& path, const char* packing, size_t bytes) {
  return data_loss(
      "{}: the {} data breaks off at byte {}, the end of the file; expected it whole: copy or "
      "download the file again",
      path, packing, bytes);
}

Status damaged(const std::string& path, const char* packing, size_t at, const char* why) {
  return data_loss("{}: damaged {} data near byte {} ({}); copy or download the file again", path,
                   packing, at, why);
}

class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker(std::span<const std::byte> bytes, const std::string& path)
      : bytes_(bytes), path_(path) {}
  ~GzipUnpacker() override {
    if (ready_) inflateEnd(&stream_);
  }
  Status init() {
    constexpr int kGzipOnly = 15 + 16;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) {
      return resource_exhausted("{}: no memory to unpack gzip data", path_);
    }
    ready_ = true;
    return Status::ok();
  }
  StatusOr<size_t> read(std::span<char> out) override {
    size_t written = 0;
    while (written < out.size() && !done_) {
      const size_t room = std::min<size_t>(out.size() - written, INT_MAX);
      const size_t left = std::min<size_t>(bytes_.size() - at_, INT_MAX);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + written);
      stream_.avail_out = static_cast<uInt>(room);
      // zlib only reads it.
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes_.data() + at_));
      stream_.avail_in = static_cast<uInt>(left);
      const int result = inflate(&stream_, Z_NO_FLUSH);
      at_ += left - stream_.avail_in;
      written += room - stream_.avail_out;
      if (result == Z_STREAM_END) {
        RADDLE_RETURN_IF_ERROR(next_member());
      } else if (result == Z_BUF_ERROR ||
                 (result == Z_OK && at_ == bytes_.size() && stream_.avail_out > 0)) {
        return cut_off(path_, "gzip", at_);
      } else if (result != Z_OK) {
        return damaged(path_, "gzip", at_, stream_.msg != nullptr ? stream_.msg : "bad data");
      }
    }
    return written;
  }
  size_t consumed() const override { return at_; }
  const char* packing() const override { return "gzip"; }

 private:
  // Members follow each other; some tools fill up with zeros after the last.
  Status next_member() {
    while (at_ < bytes_.size() && bytes_[at_] == std::byte{0}) ++at_;
    done_ = at_ == bytes_.size();
    if (done_) return Status::ok();
    if (bytes_[at_] != std::byte{0x1f}) {
      return damaged(path_, "gzip", at_, "what follows a member is no gzip data");
    }
    inflateReset(&stream_);
    return Status::ok();
  }

  std::span<const std::byte> bytes_;
  const std::string path_;
  z_stream stream_ = {};
  size_t at_ = 0;
  bool ready_ = false, done_ = false;
};

class ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker(std::span<const std::byte> bytes, const std::string& path)
      : path_(path), stream_(ZSTD_createDStream()), in_{bytes.data(), bytes.size(), 0} {}
  ~ZstdUnpacker() override { ZSTD_freeDStream(stream_); }
  Status init() {
    constexpr int kLargestWindow = 31;  // as of `zstd --long=31`
    const bool ready = stream_ != nullptr && !ZSTD_isError(ZSTD_DCtx_setParameter(
                                                 stream_, ZSTD_d_windowLogMax, kLargestWindow));
    if (!ready) return resource_exhausted("{}: no memory to unpack zstd data", path_);
    return Status::ok();
  }
  StatusOr<size_t> read(std::span<char> out) override {
    ZSTD_outBuffer to = {out.data(), out.size(), 0};
    while (to.pos < to.size) {
      if (in_.pos == in_.size && whole_) break;
      const size_t in_before = in_.pos, out_before = to.pos;
      const size_t result = ZSTD_decompressStream(stream_, &to, &in_);
      if (ZSTD_isError(result)) {
        return damaged(path_, "zstd", in_.pos, ZSTD_getErrorName(result));
      }
      whole_ = result == 0;
      if (!whole_ && in_.pos == in_before && to.pos == out_before) {
        return cut_off(path_, "zstd", in_.pos);
      }
    }
    return to.pos;
  }
  size_t consumed() const override { return in_.pos; }
  const char* packing() const override { return "zstd"; }

 private:
  const std::string path_;
  ZSTD_DStream* stream_;
  ZSTD_inBuffer in_;
  bool whole_ = false;  // the frame that was read last has ended
};

// Of the frames at the start that are to be skipped: a mark, the bytes that follow, those bytes.
size_t skippable_bytes(std::span<const std::byte> bytes) {
  const auto number = [&](size_t at) {
    uint32_t value = 0;
    for (size_t i = 4; i-- > 0;) value = value << 8 | std::to_integer<uint32_t>(bytes[at + i]);
    return value;
  };
  size_t at = 0;
  while (bytes.size() - at >= 8 && (number(at) & ~0xFU) == ZSTD_MAGIC_SKIPPABLE_START) {
    const uint64_t next = at + 8 + uint64_t{number(at + 4)};
    if (next > bytes.size()) break;
    at = next;
  }
  return at;
}

template <class T>
StatusOr<std::unique_ptr<Unpacker>> ready(std::unique_ptr<T> unpacker) {
  RADDLE_RETURN_IF_ERROR(unpacker->init());
  return std::unique_ptr<Unpacker>(std::move(unpacker));
}

}  // namespace

StatusOr<std::unique_ptr<Unpacker>> make_unpacker(std::span<const std::byte> bytes,
                                                  const std::string& path) {
  const auto begins = [](std::span<const std::byte> data, std::string_view magic) {
    return data.size() >= magic.size() && std::memcmp(data.data(), magic.data(), magic.size()) == 0;
  };
  // What Zstandard passes over may stand first, as `pzstd` writes it; LZ4 has the same marks.
  const auto after = bytes.subspan(skippable_bytes(bytes));
  if (begins(bytes, "\x1f\x8b")) return ready(std::make_unique<GzipUnpacker>(bytes, path));
  if (begins(after, "\x28\xb5\x2f\xfd")) return ready(std::make_unique<ZstdUnpacker>(bytes, path));
  return std::unique_ptr<Unpacker>();
}

}  // namespace raddle::data
