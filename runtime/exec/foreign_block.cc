// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/foreign_block.h"

#include <cstring>

#include "runtime/base/hash.h"

namespace raddle::exec {
namespace {

struct Header {
  char what[8] = {'R', 'A', 'D', 'D', 'L', 'E', 'S', 'T'};
  uint32_t version = 1;
  uint32_t role = 0;
  uint64_t layout = 0;
};
static_assert(sizeof(Header) == 24 && sizeof(Header) <= device::kBufferAlignment);

Header header_of(const plan::StateLayout& layout, plan::Role role) {
  Header header;
  header.role = static_cast<uint32_t>(role);
  header.layout = layout.hash(role);
  return header;
}

Status check_kept(const Header& found, const Header& expected, plan::Role role) {
  if (std::memcmp(&found, &expected, sizeof(Header)) == 0) return Status::ok();
  const std::string_view name = plan::role_name(role);
  if (std::memcmp(found.what, expected.what, sizeof(found.what)) != 0) {
    return failed_precondition(
        "the foreign memory whose values are to be kept as those of role '{}' holds no state; map "
        "it zeroed to begin there",
        name);
  }
  return failed_precondition(
      "the foreign memory whose values are to be kept as those of role '{}' holds other ones: "
      "version {}, role {}, layout {}, expected {}, {}, {}; give the memory of the same model, "
      "rank and kind of device, or map it zeroed to begin anew",
      name, found.version, found.role, hash_hex(found.layout), expected.version, expected.role,
      hash_hex(expected.layout));
}

}  // namespace

size_t foreign_header_bytes(const plan::StateLayout& layout) {
  return device::align_buffer(sizeof(Header), layout.alignment());
}

size_t foreign_block_bytes(const plan::StateLayout& layout, plan::Role role) {
  return foreign_header_bytes(layout) + layout.block_bytes(role);
}

StatusOr<device::Memory> map_block(const ForeignBlock& block, const plan::StateLayout& layout,
                                   device::Device& device) {
  RADDLE_ASSIGN_OR_RETURN(
      device::Memory memory,
      device.map(block.memory, foreign_block_bytes(layout, block.role), block.contents));
  const Header expected = header_of(layout, block.role);
  if (block.contents == device::Contents::kKept) {
    Header found;
    RADDLE_RETURN_IF_ERROR(device.read(&found, memory.address(), sizeof(found)));
    RADDLE_RETURN_IF_ERROR(check_kept(found, expected, block.role));
  } else {
    RADDLE_RETURN_IF_ERROR(device.write(memory.address(), &expected, sizeof(expected)));
  }
  return memory;
}

Status check_blocks(std::span<const ForeignBlock> blocks, const plan::StateLayout& layout) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    const ForeignBlock& one = blocks[i];
    const std::string_view name = plan::role_name(one.role);
    if (layout.block_bytes(one.role) == 0) {
      return invalid_argument(
          "foreign memory is given for role '{}', which this state does not have", name);
    }
    const size_t bytes = foreign_block_bytes(layout, one.role);
    for (const ForeignBlock& other : blocks.first(i)) {
      if (other.role == one.role) {
        return invalid_argument("foreign memory is given twice for role '{}'", name);
      }
      const bool apart =
          other.memory.fd != one.memory.fd || other.memory.offset >= one.memory.offset + bytes ||
          one.memory.offset >= other.memory.offset + foreign_block_bytes(layout, other.role);
      if (apart) continue;
      return invalid_argument(
          "in file descriptor {} the {} bytes of role '{}' from byte {} on and those of role '{}' "
          "from byte {} on lie on each other; begin the second behind the {} bytes of the first",
          one.memory.fd, bytes, name, one.memory.offset, plan::role_name(other.role),
          other.memory.offset, foreign_block_bytes(layout, other.role));
    }
  }
  return Status::ok();
}

}  // namespace raddle::exec
