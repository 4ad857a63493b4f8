// SPDX-License-Identifier: Apache-2.0
// The weights of a model directory as one set of tensors, whether they lie in one
// model.safetensors or in shards named by model.safetensors.index.json.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoint/safetensors.h"

namespace raddle::checkpoint {

// Every name is in exactly one file, and the index and the files agree.
class SafetensorsSet {
 public:
  // `path` is a directory, or one .safetensors file.
  static StatusOr<SafetensorsSet> open(const std::string& path);

  std::span<const SafetensorsFile> files() const { return files_; }
  // All usable tensors: files in name order, payload order within a file.
  std::span<const StoredTensor> tensors() const { return tensors_; }
  StatusOr<StoredTensor> find(std::string_view name) const;
  Status read_into(std::string_view name, DType dtype, void* out, size_t bytes) const;

 private:
  Status add_file(const std::string& path);

  std::string path_;
  std::vector<SafetensorsFile> files_;
  std::vector<StoredTensor> tensors_;
  std::map<std::string, std::pair<size_t, size_t>, std::less<>> index_;  // file, place in tensors_
};

// How `tensors` are cut into files of at most `max_bytes` payload, in order; a tensor above the
// limit gets a file of its own. Returns the end of each file's range; one empty file for none.
StatusOr<std::vector<size_t>> split_into_shards(std::span<const TensorView> tensors,
                                                uint64_t max_bytes);

// "shard-00002-of-00003.safetensors" for (stem "shard", index 1, count 3).
std::string shard_file_name(std::string_view stem, size_t index, size_t count);

// What a file's name says of the parts it is one of: "model-00001-of-00003.safetensors" is one of
// 3 of the stem "model". Nothing: the name speaks of none.
struct PartName {
  std::string_view stem;  // within the name
  size_t parts;
};
std::optional<PartName> part_name(std::string_view name);

// The files model-0000x-of-0000n.safetensors in `directory`, in order, if all n and no others are
// there; else none. They are a whole model even without their index.
StatusOr<std::vector<std::string>> parts_without_index(const std::string& directory);

// Writes model.safetensors, or model-0000x-of-0000n.safetensors with their index, into a directory
// that exists. Files are synced; the directory is the caller's to sync and rename.
Status write_safetensors_set(FileSystem& fs, const std::string& directory,
                             std::span<const TensorView> tensors, const Metadata& metadata,
                             uint64_t max_shard_bytes, StopToken* stop = nullptr);

}  // namespace raddle::checkpoint
