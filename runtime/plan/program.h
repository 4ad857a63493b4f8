// SPDX-License-Identifier: Apache-2.0
// Program: a graph planned for one device: which kernel runs each node, in which order, with which
// memory. Immutable plain data; the executor walks it. The StateStore (parameters, gradients,
// optimizer state) outlives it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/device/caps.h"
#include "runtime/graph/graph.h"

namespace raddle::plan {

// Where a tensor lives.
enum class Space : uint8_t {
  kNone,        // has no memory: absent, or of no elements
  kArena,       // the program's arena, at `offset`, for part of the step
  kPersistent,  // the program's arena, at `offset`, for ever: inputs, outputs, caches
  kParameter,   // the StateStore's master weights
  kGradient     // the StateStore's gradients
};
struct Placement {
  Space space = Space::kNone;
  size_t offset = 0;
  int32_t parameter = -1;
};

// Runs of instructions that the executor drives as one: forward and backward once per micro-batch,
// update once per step. Pipeline stages and captured graphs will be segments too.
enum class Segment : uint8_t { kForward, kBackward, kUpdate };
std::string_view segment_name(Segment segment);

// Update instructions are not nodes of the graph: they run over all parameters.
enum class Action : uint8_t { kNode, kGradNorm, kAdamW };

struct Instruction {
  Action action = Action::kNode;
  int32_t node = -1;  // for kNode
  Segment segment = Segment::kForward;
  std::string name;     // "linear layers.3.mlp.up.weight": in traces, errors, explain
  int32_t kernel = -1;  // index in the op's kernel list; -1: nothing to run (a view)
  std::string kernel_name;
  std::vector<std::string> refusals;  // "attention:sm90: no such device", of better kernels
  size_t scratch_offset = 0, scratch_bytes = 0;
};

struct MemoryTable {
  size_t parameters = 0;  // master weights
  size_t gradients = 0;
  size_t optimizer = 0;    // m and v
  size_t persistent = 0;   // inputs, outputs, caches
  size_t activations = 0;  // arena without scratch
  size_t scratch = 0;      // what scratch adds to the arena
  size_t total() const {
    return parameters + gradients + optimizer + persistent + activations + scratch;
  }
};

struct Program {
  graph::Graph graph;
  device::DeviceCaps caps;
  std::vector<Instruction> instructions;  // in order; segments are contiguous
  std::vector<Placement> placements;      // by tensor id
  std::vector<char>
      overwrites_gradient;  // by tensor id: the first to write its parameter's gradient
  size_t arena_bytes = 0;   // persistent part first
  size_t persistent_bytes = 0;
  MemoryTable memory;
  std::vector<std::string> unmatched_disable;  // patterns of kernels.disable that name no kernel
  uint64_t hash = 0;  // of graph, kernels and offsets; equal inputs give equal hashes on every rank
};

}  // namespace raddle::plan
