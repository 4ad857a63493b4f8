// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/safetensors.h"

#include <algorithm>

#include "checkpoint/convert.h"
#include "runtime/base/hash.h"

namespace raddle::checkpoint {
namespace {

// Large enough to cost few system calls, small enough that hashing warms the cache for the write.
constexpr size_t kChunkBytes = size_t{1} << 20;

// Appends to a file and keeps the running checksums.
class HashingFile {
 public:
  HashingFile(WritableFile* file, const std::string& path, StopToken* stop)
      : file_(file), path_(path), stop_(stop) {}

  // Returns the checksum of these bytes alone.
  StatusOr<uint64_t> append(const void* data, uint64_t bytes) {
    StreamingHash part;
    const auto* next = static_cast<const std::byte*>(data);
    for (uint64_t left = bytes; left > 0;) {
      const size_t now = static_cast<size_t>(std::min<uint64_t>(left, kChunkBytes));
      RADDLE_RETURN_IF_ERROR(check_stop(stop_, "writing " + path_));
      part.update(next, now);
      whole_.update(next, now);
      RADDLE_RETURN_IF_ERROR(file_->append(next, now));
      next += now;
      left -= now;
      advance(stop_, static_cast<int64_t>(now));
    }
    bytes_ += bytes;
    return part.digest();
  }
  uint64_t bytes() const { return bytes_; }
  uint64_t digest() const { return whole_.digest(); }

 private:
  WritableFile* file_;
  const std::string& path_;
  StopToken* stop_;
  StreamingHash whole_;
  uint64_t bytes_ = 0;
};

StatusOr<Header> read_header(const ReadableFile& file) {
  std::vector<std::byte> begin(std::min<uint64_t>(file.bytes(), 512));
  RADDLE_RETURN_IF_ERROR(file.read_at(0, begin.data(), begin.size()));
  const uint64_t needed = sizeof(uint64_t) + header_bytes(begin, file.bytes());
  if (needed > begin.size() && needed <= file.bytes()) {
    const size_t had = begin.size();
    begin.resize(needed);
    RADDLE_RETURN_IF_ERROR(file.read_at(had, begin.data() + had, needed - had));
  }
  return parse_safetensors_header(begin, file.bytes(), file.path());
}

// Reads `elements` of a type that is not the destination's, a part at a time.
Status read_converted(const StoredTensor& tensor, size_t first, DType dtype, void* out,
                      size_t elements) {
  const size_t from = dtype_bytes(tensor.dtype), to = dtype_bytes(dtype);
  const size_t part = kChunkBytes / from;
  std::vector<std::byte> raw(std::min(elements, part) * from);
  for (size_t at = 0; at < elements; at += part) {
    const size_t now = std::min(part, elements - at);
    RADDLE_RETURN_IF_ERROR(
        tensor.file->read_at(tensor.offset + (first + at) * from, raw.data(), now * from));
    convert(tensor.dtype, raw.data(), dtype, static_cast<std::byte*>(out) + at * to, now);
  }
  return Status::ok();
}

}  // namespace

StatusOr<SafetensorsFile> SafetensorsFile::open(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(auto opened, file_system().open(path));
  SafetensorsFile file(std::move(opened));
  RADDLE_ASSIGN_OR_RETURN(Header header, read_header(*file.file_));
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
                        payload_offset + entry.begin, file_});
  }
}

StatusOr<StoredTensor> SafetensorsFile::find(std::string_view name) const {
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
  RADDLE_ASSIGN_OR_RETURN(const StoredTensor tensor, find(name));
  if (!can_convert(tensor.dtype, dtype)) {
    return invalid_argument("{}: tensor \"{}\" is {}, which does not convert to {} exactly", path(),
                            name, dtype_name(tensor.dtype), dtype_name(dtype));
  }
  const size_t elements = static_cast<size_t>(tensor.shape.elements());
  if (elements * dtype_bytes(dtype) != bytes) {
    return invalid_argument("{}: tensor \"{}\" is {}, {} bytes as {}; the destination has {}",
                            path(), name, describe(tensor.dtype, tensor.shape),
                            elements * dtype_bytes(dtype), dtype_name(dtype), bytes);
  }
  if (tensor.dtype == dtype) return file_->read_at(tensor.offset, out, bytes);
  return read_converted(tensor, 0, dtype, out, elements);
}

Status read_as_f32(const StoredTensor& tensor, size_t first, std::span<float> out,
                   StopToken* stop) {
  RADDLE_ASSERT(can_convert(tensor.dtype, DType::kF32));
  constexpr size_t kElements = size_t{1} << 22;  // between looks at `stop`
  for (size_t at = 0; at < out.size(); at += kElements) {
    RADDLE_RETURN_IF_ERROR(check_stop(stop, "reading " + tensor.file->path()));
    const std::span<float> part = out.subspan(at, std::min(kElements, out.size() - at));
    if (tensor.dtype == DType::kF32) {
      RADDLE_RETURN_IF_ERROR(tensor.file->read_at(tensor.offset + (first + at) * sizeof(float),
                                                  part.data(), part.size_bytes()));
    } else {
      RADDLE_RETURN_IF_ERROR(
          read_converted(tensor, first + at, DType::kF32, part.data(), part.size()));
    }
    advance(stop, static_cast<int64_t>(part.size() * dtype_bytes(tensor.dtype)));
  }
  return Status::ok();
}

StatusOr<WrittenFile> write_safetensors(WritableFile& file, const std::string& path,
                                        std::span<const TensorView> tensors,
                                        const Metadata& metadata, StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const std::string head, encode_safetensors_header(tensors, metadata));
  HashingFile out(&file, path, stop);
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
  written.bytes = out.bytes();
  written.checksum = out.digest();
  return written;
}

StatusOr<WrittenFile> write_safetensors(FileSystem& fs, const std::string& path,
                                        std::span<const TensorView> tensors,
                                        const Metadata& metadata, StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const auto file, fs.create(path));
  RADDLE_ASSIGN_OR_RETURN(const WrittenFile written,
                          write_safetensors(*file, path, tensors, metadata, stop));
  RADDLE_RETURN_IF_ERROR(file->sync());
  RADDLE_RETURN_IF_ERROR(file->close());
  return written;
}

}  // namespace raddle::checkpoint
