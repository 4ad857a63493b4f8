// SPDX-License-Identifier: Apache-2.0
// manifest.json: what a checkpoint consists of, and the checksums by which damage is found and
// named. It is written last; a directory without one is a checkpoint that was never finished. The
// text format is in FORMAT.md.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/slice.h"
#include "runtime/base/status.h"

namespace raddle::checkpoint {

struct ManifestSlice {
  size_t tensor = 0;  // its place in the manifest's tensors
  ElementRange range;
  uint64_t checksum = 0;  // XXH3-64 of its bytes
};

struct ManifestFile {
  std::string name;
  uint64_t bytes = 0;
  uint64_t checksum = 0;              // XXH3-64 of the whole file
  std::vector<ManifestSlice> slices;  // in payload order; they cover the payload
};

struct Manifest {
  int64_t step = 0;
  std::vector<LogicalTensor> tensors;
  std::vector<ManifestFile> files;  // hold every element of every tensor exactly once
  // What the writer wants back beside tensors; opaque here. JSON has no NaN or infinity: such
  // numbers come back as null. By a pointer, as whoever includes this need not know the type, whose
  // header is large; absent: null.
  std::shared_ptr<const nlohmann::json> state;

  uint64_t bytes() const;  // of all files
};

constexpr const char* kManifestFile = "manifest.json";
constexpr int kManifestVersion = 2;  // what is written; 1, of whole tensors alone, is read too

// What is wrong with the tensors' names; nothing when each is of one tensor and of no part.
std::optional<std::string> find_name_fault(const std::vector<LogicalTensor>& tensors);
// The first tensor that the files do not hold exactly once, and where; nothing when all are.
std::optional<std::string> find_uncovered(const Manifest& manifest);

// The manifest carries a checksum of itself, so every bit of a checkpoint is covered.
StatusOr<std::string> encode_manifest(const Manifest& manifest);

// `where` names the file in messages. DATA_LOSS when damaged, UNIMPLEMENTED for a version that is
// not known.
StatusOr<Manifest> parse_manifest(std::string_view text, std::string_view where);

// Reads <checkpoint>/manifest.json. DATA_LOSS when it is missing, damaged, or of another step than
// the directory's name says.
StatusOr<Manifest> read_manifest(const std::string& checkpoint);

// "step-00000050" and back; nothing for other names.
std::string step_directory_name(int64_t step);
std::optional<int64_t> parse_step_directory_name(std::string_view name);

// Where write() puts the checkpoint of a step.
std::string checkpoint_path(const std::string& root, int64_t step);

}  // namespace raddle::checkpoint
