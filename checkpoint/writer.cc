// SPDX-License-Identifier: Apache-2.0
// write() and write_to(): the only writer of a checkpoint, and its own committer.
#include "checkpoint/checkpoint.h"
#include "checkpoint/parts.h"

namespace raddle::checkpoint {
namespace {

std::vector<LogicalTensor> logical(std::span<const TensorView> tensors) {
  std::vector<LogicalTensor> all;
  for (const TensorView& tensor : tensors) all.push_back({tensor.name, tensor.dtype, tensor.shape});
  return all;
}

Status write_and_commit(FileSystem& fs, const Attempt& attempt, std::span<const TensorView> tensors,
                        const nlohmann::json& state, const WriteOptions& options) {
  std::vector<SliceView> slices;
  int64_t bytes = 0;
  for (const TensorView& tensor : tensors) {
    slices.push_back(
        {{tensor.name, tensor.dtype, tensor.shape}, whole_range(tensor.shape), tensor.data});
    bytes += tensor.shape.elements() * static_cast<int64_t>(dtype_bytes(tensor.dtype));
  }
  begin_work(options.stop, bytes);
  RADDLE_ASSIGN_OR_RETURN(const PartRecord part, write_part(fs, attempt, 0, slices, options));
  return commit(fs, attempt, logical(tensors), std::span(&part, 1), state);
}

Status write_alone(FileSystem& fs, const StatusOr<Attempt>& attempt,
                   std::span<const TensorView> tensors, const nlohmann::json& state,
                   const WriteOptions& options) {
  if (!attempt.is_ok()) return attempt.status();
  Status status = write_and_commit(fs, *attempt, tensors, state, options);
  // The first failure is the one to report.
  if (!status.is_ok()) abandon(fs, *attempt);
  return status;
}

}  // namespace

Status write(FileSystem& fs, const std::string& root, int64_t step,
             std::span<const TensorView> tensors, const nlohmann::json& state,
             const WriteOptions& options) {
  const auto attempt = begin_write(fs, root, step, 1, logical(tensors), options);
  return write_alone(fs, attempt, tensors, state, options)
      .with_context(fmt::format(
          "the checkpoint of step {} was not written (earlier ones are untouched)", step));
}

Status write_to(FileSystem& fs, const std::string& path, int64_t step,
                std::span<const TensorView> tensors, const nlohmann::json& state,
                const WriteOptions& options) {
  const auto attempt = begin_write_to(fs, path, step, 1, logical(tensors));
  return write_alone(fs, attempt, tensors, state, options)
      .with_context(fmt::format("the checkpoint {} was not written", path));
}

}  // namespace raddle::checkpoint
