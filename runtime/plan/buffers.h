// SPDX-License-Identifier: Apache-2.0
// Which memory a program has: first which tensors share a buffer, then, when the instructions are
// there, at which offset each buffer lies.
#pragma once

#include "runtime/plan/program.h"

namespace raddle::plan {

size_t tensor_bytes(const graph::Tensor& tensor);

// Adds a buffer and returns its id; absent if it has no bytes.
BufferId add_buffer(Program& program, Buffer buffer);

// What the StateStore holds of a parameter, as a buffer: the one that is there, or a new one, of
// all of the tensor or of so many elements.
BufferId state_buffer(Program& program, int32_t parameter, Role role, int64_t elements = -1);

// The buffers of the graph's tensors. A reshape shows its source's, and an output takes over the
// buffer of an input that dies at its node, where the op allows it.
void add_tensor_buffers(Program& program);

// What a node does to which buffers, each named once.
std::vector<Use> uses_of(const Program& program, const graph::Node& node);

// Turns the first use of each gradient, in the order of the list, into the one that begins the sum.
// UNIMPLEMENTED: one instruction would begin some of its sums and add to others, and its kernel
// cannot.
Status begin_sums(Program& program);

// Offsets, from the instructions that use each buffer; fills in the arena's part of the memory
// table.
void place_buffers(Program& program);

}  // namespace raddle::plan
