// SPDX-License-Identifier: Apache-2.0
// A model directory as other tools read and write it: config.json, model.safetensors (or shards and
// their index), generation_config.json, and the tokenizer's files. Only the container: which
// tensors a family has, under which names, is for the layers that know models.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "checkpoint/safetensors_set.h"

namespace raddle::checkpoint {

struct HfDirectory {
  std::string path;
  std::string config;                            // text of config.json
  std::optional<std::string> generation_config;  // text of generation_config.json
  std::optional<std::string> tokenizer_path;     // of tokenizer.json
  SafetensorsSet weights;
};

// NOT_FOUND names what is missing; weights in another format are UNIMPLEMENTED, with what to do.
StatusOr<HfDirectory> open_hf_directory(const std::string& path);

struct HfContents {
  std::string config;  // JSON text
  std::optional<std::string> generation_config;
  // Texts of tokenizer.json, tokenizer_config.json, special_tokens_map.json.
  std::optional<std::string> tokenizer, tokenizer_config, special_tokens_map;
  std::span<const TensorView> tensors;
  uint64_t max_shard_bytes = uint64_t{5} << 30;
  StopToken* stop = nullptr;  // set: CANCELLED, as any failure; its work is bytes of weights
};

// Writes the whole directory under a name of its own beside `path` and renames it. ALREADY_EXISTS
// when `path` holds anything but an earlier export, which is replaced. On failure nothing at `path`
// has changed.
Status write_hf_directory(FileSystem& fs, const std::string& path, const HfContents& contents);

}  // namespace raddle::checkpoint
