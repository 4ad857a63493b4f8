// SPDX-License-Identifier: Apache-2.0
// From the records of all writers to one manifest, or to what is amiss between them. No I/O here.
#pragma once

#include <span>
#include <string>

#include "checkpoint/parts.h"

namespace raddle::checkpoint {

// The name of a writer's file: "shard-00001-of-00002.safetensors" of the only writer, else
// "part-00003-of-00004-shard-00001-of-00002.safetensors". Numbers in names count from 1.
std::string part_file_name(int64_t writer, int64_t writers, size_t shard, size_t shards);

// Without the state. Its tensors are in the order given and its files in that of the writers,
// whatever the order of the records.
StatusOr<Manifest> merge_parts(const Attempt& attempt, std::span<const LogicalTensor> tensors,
                               std::span<const PartRecord> records);

}  // namespace raddle::checkpoint
