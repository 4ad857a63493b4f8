// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/merge_parts.h"

#include <fmt/ranges.h>

#include <map>

#include "checkpoint/safetensors_set.h"

namespace raddle::checkpoint {
namespace {

constexpr std::string_view kWriteAgain = "let it write its part of this attempt";

Status check_record(const Attempt& attempt, const PartRecord& record) {
  const int64_t writer = record.writer;
  if (writer < 0 || writer >= attempt.writers) {
    return invalid_argument("a record is of writer {}, expected 0 to {} in the attempt {}", writer,
                            attempt.writers - 1, attempt.name());
  }
  if (record.step != attempt.step) {
    return invalid_argument("the record of writer {} is of step {}, expected step {}; {}", writer,
                            record.step, attempt.step, kWriteAgain);
  }
  if (record.attempt != attempt.name()) {
    return invalid_argument(
        "the record of writer {} is of the attempt {}, expected {}: it is left from another try; "
        "{}",
        writer, record.attempt, attempt.name(), kWriteAgain);
  }
  for (size_t i = 0; i < record.files.size(); ++i) {
    const std::string expected = part_file_name(writer, attempt.writers, i, record.files.size());
    if (record.files[i].name != expected) {
      return invalid_argument("the record of writer {} names the file {}, expected {}", writer,
                              record.files[i].name, expected);
    }
  }
  return Status::ok();
}

// One record of every writer, in the writers' order.
StatusOr<std::vector<const PartRecord*>> in_order(const Attempt& attempt,
                                                  std::span<const PartRecord> records) {
  std::vector<const PartRecord*> of(static_cast<size_t>(attempt.writers), nullptr);
  for (const PartRecord& record : records) {
    RADDLE_RETURN_IF_ERROR(check_record(attempt, record));
    const PartRecord*& place = of[static_cast<size_t>(record.writer)];
    if (place != nullptr) {
      return invalid_argument(
          "writer {} has two records in the attempt {}, expected one of each "
          "writer; leave one out",
          record.writer, attempt.name());
    }
    place = &record;
  }
  std::vector<std::string> missing;
  size_t missing_count = 0;
  for (size_t writer = 0; writer < of.size(); ++writer) {
    if (of[writer] == nullptr && ++missing_count <= 8) missing.push_back(std::to_string(writer));
  }
  if (missing_count == 0) return of;
  if (missing_count > missing.size()) missing.push_back("...");
  return failed_precondition(
      "{} of the {} writers of the attempt {} have no record: writer {}; wait for them, or abandon "
      "the attempt",
      missing_count, attempt.writers, attempt.name(), fmt::join(missing, ", "));
}

// Where each of a record's tensors is among all.
StatusOr<std::vector<size_t>> places_of(const PartRecord& record,
                                        std::span<const LogicalTensor> tensors,
                                        const std::map<std::string_view, size_t>& index) {
  std::vector<size_t> places;
  for (const LogicalTensor& tensor : record.tensors) {
    const auto found = index.find(tensor.name);
    if (found == index.end()) {
      return invalid_argument(
          "writer {} has tensor \"{}\" ({}), which is none of the checkpoint's {}; do all writers "
          "run the same recipe?",
          record.writer, tensor.name, describe(tensor.dtype, tensor.shape), tensors.size());
    }
    const LogicalTensor& expected = tensors[found->second];
    if (tensor != expected) {
      return invalid_argument(
          "writer {} has tensor \"{}\" as {}, expected {}; do all writers run the same recipe?",
          record.writer, tensor.name, describe(tensor.dtype, tensor.shape),
          describe(expected.dtype, expected.shape));
    }
    places.push_back(found->second);
  }
  return places;
}

}  // namespace

std::string part_file_name(int64_t writer, int64_t writers, size_t shard, size_t shards) {
  const std::string stem =
      writers == 1 ? "shard" : fmt::format("part-{:05}-of-{:05}-shard", writer + 1, writers);
  return shard_file_name(stem, shard, shards);
}

StatusOr<Manifest> merge_parts(const Attempt& attempt, std::span<const LogicalTensor> tensors,
                               std::span<const PartRecord> records) {
  RADDLE_ASSIGN_OR_RETURN(const auto ordered, in_order(attempt, records));
  Manifest manifest;
  manifest.step = attempt.step;
  manifest.tensors.assign(tensors.begin(), tensors.end());
  std::map<std::string_view, size_t> index;
  for (size_t i = 0; i < tensors.size(); ++i) index.emplace(tensors[i].name, i);
  for (const PartRecord* record : ordered) {
    RADDLE_ASSIGN_OR_RETURN(const auto places, places_of(*record, tensors, index));
    for (ManifestFile file : record->files) {
      for (ManifestSlice& slice : file.slices) {
        if (slice.tensor >= places.size()) {
          return invalid_argument(
              "{}: a slice is of tensor number {}, the record of writer {} has "
              "{}",
              file.name, slice.tensor, record->writer, places.size());
        }
        slice.tensor = places[slice.tensor];
        RADDLE_RETURN_IF_ERROR(check_range(tensors[slice.tensor], slice.range));
      }
      manifest.files.push_back(std::move(file));
    }
  }
  if (const auto fault = find_uncovered(manifest)) {
    return invalid_argument(
        "the parts of the attempt {} do not make a checkpoint: {}; give each "
        "element to one writer",
        attempt.name(), *fault);
  }
  return manifest;
}

}  // namespace raddle::checkpoint
