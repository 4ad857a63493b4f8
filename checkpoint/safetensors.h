// SPDX-License-Identifier: Apache-2.0
// One safetensors file, read by mmap or written as a stream. Checked strictly on opening, so that
// whoever holds a SafetensorsFile can use every view in it.
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

namespace raddle::checkpoint {

// A tensor that is in the file but that Raddle cannot hold, e.g. "dtype F8_E4M3" or rank 5.
struct UnsupportedTensor {
  std::string name;
  std::string why;
};

// Views point into the map: they live as long as the object, moved or not.
class SafetensorsFile {
 public:
  static StatusOr<SafetensorsFile> open(const std::string& path);

  const std::string& path() const { return file_.path(); }
  const Metadata& metadata() const { return metadata_; }
  std::span<const TensorView> tensors() const { return tensors_; }  // in payload order
  std::span<const UnsupportedTensor> unsupported() const { return unsupported_; }
  std::span<const std::byte> bytes() const { return file_.span(); }  // the whole file

  // NOT_FOUND when there is none of that name, UNIMPLEMENTED when it is an unsupported one.
  StatusOr<TensorView> find(std::string_view name) const;

  // Copies a tensor of exactly `bytes` bytes once converted: equal types as they are, BF16 and F16
  // to F32 exactly. Anything else is INVALID_ARGUMENT and leaves `out` alone.
  Status read_into(std::string_view name, DType dtype, void* out, size_t bytes) const;

 private:
  explicit SafetensorsFile(MappedFile file) : file_(std::move(file)) {}
  void add(const HeaderEntry& entry, uint64_t payload_offset);

  MappedFile file_;
  Metadata metadata_;
  std::vector<TensorView> tensors_;
  std::vector<UnsupportedTensor> unsupported_;
  std::map<std::string, size_t, std::less<>> index_;
};

// Copies `view` as read_into() does; `where` names the file in messages.
Status copy_tensor(const TensorView& view, DType dtype, void* out, size_t bytes,
                   std::string_view where);

// What was written, so that the writer need not read it again to know its checksums (XXH3-64).
struct WrittenFile {
  uint64_t bytes = 0;
  uint64_t checksum = 0;                   // of the whole file
  std::vector<uint64_t> tensor_checksums;  // in the order given
};

// Writes tensors in the order given and syncs the file. Not atomic: for files in a directory that
// is itself renamed when complete. RESOURCE_EXHAUSTED on a full disk.
StatusOr<WrittenFile> write_safetensors(FileSystem& fs, const std::string& path,
                                        std::span<const TensorView> tensors,
                                        const Metadata& metadata);

// The same by way of `path`.tmp and a rename: a reader sees the old file or the new one. The part
// that was written is removed on failure.
Status write_safetensors_atomically(FileSystem& fs, const std::string& path,
                                    std::span<const TensorView> tensors, const Metadata& metadata);

}  // namespace raddle::checkpoint
