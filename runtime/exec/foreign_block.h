// SPDX-License-Identifier: Apache-2.0
// A role's block of state in memory that somebody else owns, behind a header that says what it is:
// who maps it later finds the values only if they lie as that one thinks.
#pragma once

#include "runtime/device/device.h"
#include "runtime/plan/state_layout.h"

namespace raddle::exec {

struct ForeignBlock {
  plan::Role role = plan::Role::kMaster;
  device::ForeignMemory memory;
  // Kept values must be those of the same layout.
  device::Contents contents = device::Contents::kZeroed;
};

// How many bytes of foreign memory a role's block takes.
size_t foreign_block_bytes(const plan::StateLayout& layout, plan::Role role);
// Of which the header, with what aligns the block behind it, are so many.
size_t foreign_header_bytes(const plan::StateLayout& layout);

// Maps it, and writes or checks the header. Errors of Device::map(); FAILED_PRECONDITION: what is
// to be kept is not a block of this role and layout.
StatusOr<device::Memory> map_block(const ForeignBlock& block, const plan::StateLayout& layout,
                                   device::Device& device);

// INVALID_ARGUMENT: a role twice or one that the state has not, or blocks that lie on each other.
Status check_blocks(std::span<const ForeignBlock> blocks, const plan::StateLayout& layout);

}  // namespace raddle::exec
