// SPDX-License-Identifier: Apache-2.0
// Training checkpoints: write, list, verify, read. A root directory holds one directory per step:
//
//   Status status = checkpoint::write(fs, root, step, tensors, state);
//   RADDLE_ASSIGN_OR_RETURN(const auto newest, checkpoint::latest_valid(root));
//   RADDLE_ASSIGN_OR_RETURN(const Manifest manifest, checkpoint::read(newest.path, destinations));
//
// A checkpoint appears under its name only when complete and synced, and every bit of it is under a
// checksum. One writer per root at a time, or several that write one checkpoint together (parts.h);
// a reader of a root that is written to holds a Claim
// (claim.h), so that what it found stays.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/manifest.h"
#include "checkpoint/slice.h"
#include "checkpoint/tensor_view.h"
#include "runtime/base/file_system.h"
#include "runtime/base/status.h"
#include "runtime/base/stop_token.h"

namespace raddle::checkpoint {

struct WriteOptions {
  uint64_t max_shard_bytes = uint64_t{512} << 20;  // payload of a file; a larger tensor has its own
  bool make_root = true;      // false: NOT_FOUND where `root` is not there (any more)
  StopToken* stop = nullptr;  // set: CANCELLED, as any failure; its work is bytes
};

// Writes the checkpoint of `step` into checkpoint_path(root, step), replacing one that is there.
// Whatever happens, every other checkpoint stays as it is; on failure the part that was written is
// removed. RESOURCE_EXHAUSTED on a full disk: training may go on and try again later.
Status write(FileSystem& fs, const std::string& root, int64_t step,
             std::span<const TensorView> tensors, const nlohmann::json& state,
             const WriteOptions& options = {});

// Writes one with a name of its own choosing. Beside it nothing changes, and what is there already
// is kept: ALREADY_EXISTS.
Status write_to(FileSystem& fs, const std::string& path, int64_t step,
                std::span<const TensorView> tensors, const nlohmann::json& state,
                const WriteOptions& options = {});

struct CheckpointInfo {
  std::string path;
  int64_t step = 0;
  bool valid = false;
  std::string reason;  // why it is not valid
  uint64_t bytes = 0;  // of its files, by the manifest
  // Of `reason`. Not DATA_LOSS: it could not be read just now, and may well be good.
  Code code = Code::kDataLoss;
  bool half_written = false;  // not a checkpoint yet, or never to be one
};

// A look at the manifest and file sizes of the checkpoint of `step` at `path`.
CheckpointInfo look_at(const std::string& path, int64_t step);

// What is under `root`, oldest step first, half-written ones included. A look at manifests and file
// sizes; contents are verify()'s business. Empty when the directory does not exist.
StatusOr<std::vector<CheckpointInfo>> list(const std::string& root);

// Whether a path of list() is that of a checkpoint that was not finished, or not yet.
bool is_being_written(const std::string& path);

struct Problem {
  std::string file;    // in the checkpoint; the manifest's when it is about the manifest
  std::string tensor;  // the first that is concerned; empty when the whole file is
  std::string message;
  Code code = Code::kDataLoss;  // another: the file could not be read, and may be good
};

struct Report {
  int64_t step = 0;
  uint64_t files = 0, tensors = 0, bytes = 0;  // what the manifest lists
  std::vector<Problem> problems;
};

// Reads every byte and compares checksums. DATA_LOSS with the first problem; `report` may be null.
// CANCELLED when `stop` is set; its work is bytes.
Status verify(const std::string& path, Report* report, StopToken* stop = nullptr);

struct ReadOptions {
  // Only tensors whose names begin with this, as if the checkpoint held no others.
  std::string prefix;
  // Tensors that the checkpoint may hold and nobody wants.
  std::vector<std::string> ignored;
  // false: so are all others that no destination names.
  bool all = true;
  // Set before the first destination changes: CANCELLED. Its work is bytes.
  StopToken* stop = nullptr;
  // true: also when some have changed, because the caller then drops them all.
  bool stops_half_way = false;
};

// Fills the destinations, which must be exactly the checkpoint's tensors (of the prefix): names,
// dtypes and shapes. Everything is checked, checksums too, before the first byte of any destination
// changes. Returns the manifest for its state. INVALID_ARGUMENT when the tensors differ, DATA_LOSS
// when the checkpoint is damaged.
StatusOr<Manifest> read(const std::string& path, std::span<const MutableTensor> destinations,
                        const ReadOptions& options = {});

// The same for destinations that are slices, wherever the slices that the files hold begin and end.
// Every tensor must be named; one that is not held here has an empty range. Only stored slices that
// share elements with a destination are read: once for their checksums, in which each is read
// whole, and the shared elements once more, straight into the destination.
StatusOr<Manifest> read_slices(const std::string& path, std::span<const MutableSlice> destinations,
                               const ReadOptions& options = {});

// The newest of `oldest_first` that passes verify(), with one warning in the log for each newer one
// that does not. NOT_FOUND when it holds no checkpoint; `where` says in the message where that is.
// When there are some and none is good, the message tells each one's reason, and the code is
// DATA_LOSS if all are damaged, else that of the newest that could not be read.
StatusOr<CheckpointInfo> newest_valid(std::span<const CheckpointInfo> oldest_first,
                                      const std::string& where, StopToken* stop = nullptr);
StatusOr<CheckpointInfo> latest_valid(const std::string& root);  // of what list() finds

}  // namespace raddle::checkpoint
