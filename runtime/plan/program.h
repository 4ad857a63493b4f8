// SPDX-License-Identifier: Apache-2.0
// Program: a graph planned for one device: which instruction runs when, on which stream, on which
// memory. Immutable plain data; the executor walks it. The StateStore (parameters, gradients,
// optimizer state) outlives it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/assert.h"
#include "runtime/device/caps.h"
#include "runtime/device/tag_word.h"
#include "runtime/graph/graph.h"
#include "runtime/plan/state_layout.h"

namespace raddle::plan {

// Where a buffer lies.
enum class Space : uint8_t {
  kArena,       // the program's arena, at `offset`, for part of a run
  kPersistent,  // the arena, at `offset`, for ever: inputs, outputs, caches, reports
  kState,       // the StateStore, by parameter and role
  kStaging      // host memory at `offset`, which inputs are copied from and reports to
};
struct Buffer {
  std::string name;  // of its tensor, or what it is: "scratch", "verdict"
  Space space = Space::kArena;
  size_t bytes = 0;
  size_t offset = 0;
  int32_t parameter = -1;  // of kState, in the order of the graph's parameters
  Role role = Role::kMaster;
};
struct BufferId {
  int32_t value = -1;
  bool present() const { return value >= 0; }
  friend bool operator==(BufferId, BufferId) = default;
};

enum class Access : uint8_t {
  kRead,
  kWrite,      // all of it; what was there is lost
  kUpdate,     // reads it and writes it
  kOverwrite,  // a sum over micro-batches: begins it in the step's first, adds in all others
  kAccumulate  // the same sum: adds to it in each micro-batch
};
constexpr bool reads(Access a) { return a == Access::kRead || a == Access::kUpdate; }
constexpr bool is_sum(Access a) { return a == Access::kOverwrite || a == Access::kAccumulate; }
struct Use {
  BufferId buffer;
  Access access = Access::kRead;
};

// Runs of instructions that the executor drives as one: forward and backward once per micro-batch,
// update once per step. Pipeline stages and captured graphs will be segments too.
enum class Segment : uint8_t { kForward, kBackward, kUpdate };
std::string_view segment_name(Segment segment);

// Queues of a device: what is on different ones runs at the same time unless an event says else.
enum class Queue : uint8_t { kCompute, kTransfer };
inline constexpr size_t kQueues = 2;
std::string_view queue_name(Queue queue);

enum class Action : uint8_t {
  kKernel,   // runs `kernel` of `work`'s list on `uses`
  kCopy,     // uses[0] to uses[1], of the same size
  kRecord,   // `event` stands for this point of the queue
  kWait,     // until the point that `event` stands for; no wait if there is none yet
  kTag,      // sets the step's phase to `phase`
  kExchange  // all ranks together do `exchange`
};

// What ranks exchange. In an update each has its own part of what is trained (state_layout.h).
enum class Exchange : uint8_t {
  kAttention,        // behind a node of attention: what sequences that are spread over ranks lack
  kAttentionGrad,    // the same of its gradient
  kReduceGradients,  // to each the sum of its part of all gradients
  kGatherSums,       // to all the sums of squares of all blocks, and the losses of all ranks
  kGatherMasters     // to all every part of the new masters
};

// What a kernel instruction is of: a node of the graph, or a part of a step that is none.
enum class Part : uint8_t { kNode, kLossSum, kSquareSum, kVerdict, kAdamW };

struct Instruction {
  Action action = Action::kKernel;
  Queue queue = Queue::kCompute;
  Segment segment = Segment::kForward;
  std::string name;  // "linear layers.3.mlp.up.weight": in traces, errors, explain
  std::vector<Use> uses;
  Part part = Part::kNode;
  int32_t index = -1;   // of the node, or of the loss
  int32_t kernel = -1;  // index in the kernel list
  std::string kernel_name;
  std::vector<std::string> refusals;  // "attention:sm90: no such device", of better kernels
  BufferId scratch;
  int32_t event = -1;
  device::StepPhase phase = device::StepPhase::kIdle;
  Exchange exchange = Exchange::kReduceGradients;
};

// What a program has beside its tensors.
struct Reports {
  BufferId scalars;              // kernels::StepScalars, set for each update
  std::vector<BufferId> losses;  // by loss: a double, summed over the micro-batches
  BufferId square_sum;           // a double
  // Of several ranks: this rank's sums of blocks, and those of all, rank by rank; doubles, as many
  // for each as one has at most. Those that a rank has not are 0.
  BufferId block_sums, all_sums;
  BufferId verdict;  // kernels::StepVerdict
};

struct MemoryTable {
  size_t parameters = 0;  // master weights, and their copies for computing
  size_t gradients = 0;
  size_t optimizer = 0;    // m and v
  size_t persistent = 0;   // inputs, outputs, caches
  size_t activations = 0;  // arena without scratch
  size_t scratch = 0;      // what scratch adds to the arena
  size_t staging = 0;      // of the host
  size_t total() const {
    return parameters + gradients + optimizer + persistent + activations + scratch + staging;
  }
};

// How ranks may compute a sequence's attention together.
enum class Spread : uint8_t { kNone, kRing, kRingOrHeads };

struct Program {
  graph::Graph graph;
  device::DeviceCaps caps;
  StateOptions state;  // what the update works on
  Spread spread = Spread::kNone;
  std::vector<Buffer> buffers;
  std::vector<BufferId> of_tensor;  // by tensor id; absent: of no elements
  // By tensor id: of a parameter that something reads in the graph's precision, its copy.
  std::vector<BufferId> copy_of;
  // By parameter and role; absent: none.
  std::vector<std::array<BufferId, kRoles>> of_state;
  // By buffer, where the device's memory is not the host's: the host's side of inputs and reports.
  std::map<int32_t, BufferId> staging_of;
  std::vector<Instruction> instructions;  // in order; segments are contiguous
  Reports reports;
  int32_t event_count = 0;
  // Events after which the host may stage the next inputs, the next scalars; -1: at any time.
  int32_t inputs_staged = -1, scalars_staged = -1;
  size_t arena_bytes = 0;  // persistent part first
  size_t staging_bytes = 0;
  MemoryTable memory;
  std::vector<std::string> unmatched_disable;  // patterns of kernels.disable that name no kernel
  // What ranks must agree on before they run together: graph, order, kernels.
  uint64_t agreement_hash = 0;
  // That, and where everything lies: equal inputs give equal hashes.
  uint64_t hash = 0;

  const Buffer& buffer(BufferId id) const {
    RADDLE_ASSERT(id.present() && static_cast<size_t>(id.value) < buffers.size());
    return buffers[static_cast<size_t>(id.value)];
  }
  BufferId buffer_of(graph::TensorId tensor) const {
    RADDLE_ASSERT(tensor.present() && static_cast<size_t>(tensor.value) < of_tensor.size());
    return of_tensor[static_cast<size_t>(tensor.value)];
  }
  // What a node reads through an input that is present.
  BufferId read_by(const graph::Node& node, size_t input) const {
    const graph::TensorId id = node.inputs[input];
    const bool is_copy = graph.precision() != DType::kF32 &&
                         graph.tensor(id).kind == graph::TensorKind::kParameter &&
                         graph::op_info(node.op).inputs[input].values == graph::Values::kReal;
    return is_copy ? copy_of[static_cast<size_t>(id.value)] : buffer_of(id);
  }
  // What a kernel instruction of a node, or the exchange behind it, is of.
  const graph::Node& node_of(const Instruction& instruction) const {
    RADDLE_ASSERT(instruction.part == Part::kNode && (instruction.action == Action::kKernel ||
                                                      instruction.action == Action::kExchange));
    const auto index = static_cast<size_t>(instruction.index);
    RADDLE_ASSERT(instruction.index >= 0 && index < graph.nodes().size());
    return graph.nodes()[index];
  }
};

}  // namespace raddle::plan
