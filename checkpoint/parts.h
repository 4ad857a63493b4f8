// SPDX-License-Identifier: Apache-2.0
// One checkpoint written by several writers, each of which writes what it holds: no one needs all
// of the state, nor the time to write it.
//
//   one of them:   begin_write() -> Attempt, which everybody gets
//   every writer:  write_part(attempt, its number, its slices) -> PartRecord, which the one gets
//   the one:       commit(attempt, tensors, all records, state), or else abandon(attempt)
//
// Until commit() renames the directory, nothing has the checkpoint's name. A directory's name is of
// one attempt alone and every record says which: what an attempt that failed left behind, or a
// writer of it that is late, finds no way into the next one.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace raddle::checkpoint {

constexpr int64_t kMaxWriters = 99'999;  // as many as their files' names can count

struct Attempt {
  std::string target;     // the path that the checkpoint gets
  std::string directory;  // where its files lie until then
  int64_t step = 0;
  int64_t writers = 1;
  bool replaces = true;      // false: the target must still be free when it is renamed
  std::string name() const;  // the directory's own, which tells attempts apart
};

// Makes room for the checkpoint of `step` under `root`, as write() does: leftovers of earlier
// attempts are removed, and a disk that lacks room for `tensors` is RESOURCE_EXHAUSTED.
StatusOr<Attempt> begin_write(FileSystem& fs, const std::string& root, int64_t step,
                              int64_t writers, std::span<const LogicalTensor> tensors,
                              const WriteOptions& options = {});
// The same under a name of the user's: ALREADY_EXISTS when there is something.
StatusOr<Attempt> begin_write_to(FileSystem& fs, const std::string& path, int64_t step,
                                 int64_t writers, std::span<const LogicalTensor> tensors);

// What a writer wrote.
struct PartRecord {
  std::string attempt;  // its name
  int64_t step = 0;
  int64_t writer = 0;
  std::vector<LogicalTensor> tensors;  // of which it has slices
  std::vector<ManifestFile> files;     // their slices count from 0 in `tensors`
};

// Writes and syncs the files of writer 0 to writers-1; what it holds, in the order in which it is
// to lie. It may be called again, and the last record counts. NOT_FOUND when the attempt was given
// up meanwhile.
StatusOr<PartRecord> write_part(FileSystem& fs, const Attempt& attempt, int64_t writer,
                                std::span<const SliceView> slices,
                                const WriteOptions& options = {});

// Publishes the checkpoint when the records, one of each writer in any order, hold every element of
// `tensors` exactly once. INVALID_ARGUMENT or FAILED_PRECONDITION says which writer or element is
// amiss; nothing has changed then, and commit() may be called again with other records.
Status commit(FileSystem& fs, const Attempt& attempt, std::span<const LogicalTensor> tensors,
              std::span<const PartRecord> records, const nlohmann::json& state);

// Removes what was written. What cannot be removed now, the next begin_write() removes.
void abandon(FileSystem& fs, const Attempt& attempt);

// To travel between writers. DATA_LOSS names what is wrong with a value that is neither.
StatusOr<nlohmann::json> attempt_to_json(const Attempt& attempt);
StatusOr<Attempt> attempt_from_json(const nlohmann::json& value, std::string_view where);
StatusOr<nlohmann::json> part_to_json(const PartRecord& record);
StatusOr<PartRecord> part_from_json(const nlohmann::json& value, std::string_view where);

}  // namespace raddle::checkpoint
