// SPDX-License-Identifier: Apache-2.0
// One safetensors file, read by position or written as a stream. Checked strictly on opening, so
// that every tensor it lists lies in it; a file that is cut or fails later is a Status.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/safetensors_header.h"
#include "checkpoint/tensor_view.h"
#include "runtime/base/file_system.h"
#include "runtime/base/status.h"
#include "runtime/base/stop_token.h"

namespace raddle::checkpoint {

// A tensor that is in the file but that Raddle cannot hold, e.g. "dtype F8_E4M3" or rank 5.
struct UnsupportedTensor {
  std::string name;
  std::string why;
};

class SafetensorsFile {
 public:
  static StatusOr<SafetensorsFile> open(const std::string& path);

  const std::string& path() const { return file_->path(); }
  const Metadata& metadata() const { return metadata_; }
  std::span<const StoredTensor> tensors() const { return tensors_; }  // in payload order
  std::span<const UnsupportedTensor> unsupported() const { return unsupported_; }

  // NOT_FOUND when there is none of that name, UNIMPLEMENTED when it is an unsupported one.
  StatusOr<StoredTensor> find(std::string_view name) const;

  // Copies a tensor of exactly `bytes` bytes once converted: equal types as they are, BF16 and F16
  // to F32 exactly. Anything else is INVALID_ARGUMENT and leaves `out` alone; a file that can no
  // longer be read may leave a part.
  Status read_into(std::string_view name, DType dtype, void* out, size_t bytes) const;

 private:
  explicit SafetensorsFile(std::shared_ptr<const ReadableFile> file) : file_(std::move(file)) {}
  void add(const HeaderEntry& entry, uint64_t payload_offset);

  std::shared_ptr<const ReadableFile> file_;
  Metadata metadata_;
  std::vector<StoredTensor> tensors_;
  std::vector<UnsupportedTensor> unsupported_;
  std::map<std::string, size_t, std::less<>> index_;
};

// Reads elements [first, first + count) of a tensor as F32; its type must convert to that.
// CANCELLED when `stop` is set meanwhile; its work advances by the bytes of the file.
Status read_as_f32(const StoredTensor& tensor, size_t first, std::span<float> out,
                   StopToken* stop = nullptr);

// What was written, so that the writer need not read it again to know its checksums (XXH3-64).
struct WrittenFile {
  uint64_t bytes = 0;
  uint64_t checksum = 0;                   // of the whole file
  std::vector<uint64_t> tensor_checksums;  // in the order given
};

// Writes tensors in the order given to a file that is empty; syncing it is the caller's. `path` is
// named in messages. CANCELLED when `stop` is set meanwhile; its work advances by the bytes.
StatusOr<WrittenFile> write_safetensors(WritableFile& file, const std::string& path,
                                        std::span<const TensorView> tensors,
                                        const Metadata& metadata, StopToken* stop = nullptr);

// The same to a file that it makes and syncs. Not atomic: for files in a directory that is itself
// renamed when complete. RESOURCE_EXHAUSTED on a full disk.
StatusOr<WrittenFile> write_safetensors(FileSystem& fs, const std::string& path,
                                        std::span<const TensorView> tensors,
                                        const Metadata& metadata, StopToken* stop = nullptr);

}  // namespace raddle::checkpoint
