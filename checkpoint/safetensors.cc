// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/safetensors.h"

#include <algorithm>
#include <filesystem>

#include "checkpoint/convert.h"
#include "runtime/base/hash.h"

namespace raddle::checkpoint {
namespace {

// Large enough to cost few system calls, small enough that hashing warms the cache for the write.
constexpr size_t kChunkBytes = size_t{1} << 20;

// Appends to a file and keeps the running checksums.
class HashingFile {
 public:
  explicit HashingFile(WritableFile* file) : file_(file) {}

  // Returns the checksum of these bytes alone.
  StatusOr<uint64_t> append(const void* data, uint64_t bytes) {
    StreamingHash part;
    const auto* next = static_cast<const std::byte*>(data);
    for (uint64_t left = bytes; left > 0;) {
      const size_t now = static_cast<size_t>(std::min<uint64_t>(left, kChunkBytes));
      part.update(next, now);
      whole_.update(next, now);
      RADDLE_RETURN_IF_ERROR(file_->append(next, now));
      next += now;
      left -= now;
    }
    bytes_ += bytes;
    return part.digest();
  }
  uint64_t bytes() const { return bytes_; }
  uint64_t digest() const { return whole_.digest(); }

 private:
  WritableFile* file_;
  StreamingHash whole_;
  uint64_t bytes_ = 0;
};

}  // namespace

StatusOr<SafetensorsFile> SafetensorsFile::open(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::open(path));
  SafetensorsFile file(std::move(mapped));
  RADDLE_ASSIGN_OR_RETURN(Header header, parse_safetensors_header(file.bytes(), path));
  file.metadata_ = std::move(header.metadata);
  for (const HeaderEntry& entry : header.entries) file.add(entry, header.payload_offset);
  return file;
}

void SafetensorsFile::add(const HeaderEntry& entry, uint64_t payload_offset) {
  if (!entry.dtype) {
    unsupported_.push_back({entry.name, fmt::format("its dtype is {}", entry.dtype_text)});
  } else if (entry.dims.size() > static_cast<size_t>(Shape::kMaxRank)) {
    unsupported_.push_back({entry.name, fmt::format("it has {} dimensions, more than {}",
                                                    entry.dims.size(), Shape::kMaxRank)});
  } else {
    index_[entry.name] = tensors_.size();
    tensors_.push_back({entry.name, *entry.dtype, Shape(std::span<const int64_t>(entry.dims)),
                        file_.data() + payload_offset + entry.begin});
  }
}

StatusOr<TensorView> SafetensorsFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  if (found != index_.end()) return tensors_[found->second];
  for (const UnsupportedTensor& tensor : unsupported_) {
    if (tensor.name == name) {
      return Status(Code::kUnimplemented,
                    fmt::format("{}: tensor \"{}\" cannot be used: {}", path(), name, tensor.why));
    }
  }
  return not_found("{}: there is no tensor \"{}\" among its {}", path(), name,
                   tensors_.size() + unsupported_.size());
}

Status SafetensorsFile::read_into(std::string_view name, DType dtype, void* out,
                                  size_t bytes) const {
  RADDLE_ASSIGN_OR_RETURN(const TensorView view, find(name));
  return copy_tensor(view, dtype, out, bytes, path());
}

Status copy_tensor(const TensorView& view, DType dtype, void* out, size_t bytes,
                   std::string_view where) {
  if (!can_convert(view.dtype, dtype)) {
    return invalid_argument("{}: tensor \"{}\" is {}, which does not convert to {} exactly", where,
                            view.name, dtype_name(view.dtype), dtype_name(dtype));
  }
  const size_t elements = static_cast<size_t>(view.shape.elements());
  if (elements * dtype_bytes(dtype) != bytes) {
    return invalid_argument("{}: tensor \"{}\" is {}, {} bytes as {}; the destination has {}",
                            where, view.name, describe(view.dtype, view.shape),
                            elements * dtype_bytes(dtype), dtype_name(dtype), bytes);
  }
  convert(view.dtype, view.data, dtype, out, elements);
  return Status::ok();
}

StatusOr<WrittenFile> write_safetensors(FileSystem& fs, const std::string& path,
                                        std::span<const TensorView> tensors,
                                        const Metadata& metadata) {
  RADDLE_ASSIGN_OR_RETURN(const std::string head, encode_safetensors_header(tensors, metadata));
  RADDLE_ASSIGN_OR_RETURN(const auto file, fs.create(path));
  HashingFile out(file.get());
  WrittenFile written;
  RADDLE_ASSIGN_OR_RETURN([[maybe_unused]] const uint64_t head_checksum,
                          out.append(head.data(), head.size()));
  for (const TensorView& tensor : tensors) {
    RADDLE_ASSIGN_OR_RETURN(const uint64_t bytes, tensor_bytes(tensor.dtype, tensor.shape));
    if (bytes > 0 && tensor.data == nullptr) {
      return invalid_argument("{}: tensor \"{}\" has no data", path, tensor.name);
    }
    RADDLE_ASSIGN_OR_RETURN(const uint64_t checksum, out.append(tensor.data, bytes));
    written.tensor_checksums.push_back(checksum);
  }
  RADDLE_RETURN_IF_ERROR(file->sync());
  RADDLE_RETURN_IF_ERROR(file->close());
  written.bytes = out.bytes();
  written.checksum = out.digest();
  return written;
}

Status write_safetensors_atomically(FileSystem& fs, const std::string& path,
                                    std::span<const TensorView> tensors, const Metadata& metadata) {
  const std::string temporary = path + ".tmp";
  Status status = write_safetensors(fs, temporary, tensors, metadata).status();
  if (status.is_ok()) status = fs.rename(temporary, path);
  if (!status.is_ok()) {
    // The first failure is the one to report; the leftover is only untidy.
    [[maybe_unused]] const Status ignored = fs.remove_all(temporary);
    return status;
  }
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return fs.sync_directory(parent.empty() ? "." : parent);
}

}  // namespace raddle::checkpoint
