// SPDX-License-Identifier: Apache-2.0
// Plays the instructions on a map of who owns which bytes of the arena.
#include "runtime/plan/verify_program.h"

#include <algorithm>
#include <map>

#include "runtime/plan/buffers.h"

namespace raddle::plan {
namespace {

using graph::Graph;
using graph::Node;
using graph::TensorId;
using graph::TensorKind;

class MemoryVerifier {
 public:
  explicit MemoryVerifier(const Program& program)
      : program_(program), graph_(program.graph), written_(program.buffers.size(), 0) {}
  Status run();

 private:
  struct Owner {
    size_t end;
    BufferId buffer;
  };
  const Buffer& buffer(BufferId id) const { return program_.buffer(id); }
  const std::string& name(BufferId id) const { return buffer(id).name; }
  char& written(BufferId id) { return written_[static_cast<size_t>(id.value)]; }
  bool in_arena(BufferId id) const {
    return buffer(id).space == Space::kArena || buffer(id).space == Space::kPersistent;
  }
  BufferId owner_within(BufferId id) const;
  Status take(BufferId id);
  Status begin();
  Status check_uses(const Instruction& instruction) const;
  Status check_in_place(const Node& node, BufferId id) const;
  Status check_read(BufferId id);
  Status write(const Use& use);
  Status play(const Instruction& instruction);

  const Program& program_;
  const Graph& graph_;
  std::map<size_t, Owner> owners_;  // of the arena, by first byte
  std::vector<char> written_;       // by buffer
};

// Whoever else owns some of its bytes, itself if nobody does; absent if it owns them all.
BufferId MemoryVerifier::owner_within(BufferId id) const {
  const size_t begin = buffer(id).offset, end = begin + buffer(id).bytes;
  const auto own = owners_.find(begin);
  if (own != owners_.end() && own->second.buffer == id && own->second.end == end) return {};
  auto found = owners_.lower_bound(begin);
  if (found != owners_.begin() && std::prev(found)->second.end > begin) --found;
  return found != owners_.end() && found->first < end ? found->second.buffer : id;
}

// Gives the bytes to the buffer. What stays for ever must not be among them.
Status MemoryVerifier::take(BufferId id) {
  const size_t begin = buffer(id).offset, end = begin + buffer(id).bytes;
  if (end > program_.arena_bytes) {
    return internal_error("{} lies at bytes {} to {}, outside the arena of {}", name(id), begin,
                          end, program_.arena_bytes);
  }
  auto next = owners_.lower_bound(begin);
  if (next != owners_.begin() && std::prev(next)->second.end > begin) --next;
  while (next != owners_.end() && next->first < end) {
    const BufferId victim = next->second.buffer;
    if (victim != id && buffer(victim).space == Space::kPersistent) {
      return internal_error("{} overwrites {}, which stays for ever", name(id), name(victim));
    }
    next = owners_.erase(next);
  }
  owners_[begin] = {end, id};
  return Status::ok();
}

// What is there before the first instruction: the state, and what the host sets.
Status MemoryVerifier::begin() {
  for (size_t i = 0; i < program_.buffers.size(); ++i) {
    const BufferId id{static_cast<int32_t>(i)};
    if (buffer(id).space == Space::kPersistent) RADDLE_RETURN_IF_ERROR(take(id));
    written(id) = buffer(id).space == Space::kState && buffer(id).role != Role::kGradient;
  }
  std::vector<BufferId> set_by_host;
  if (program_.reports.scalars.present()) set_by_host.push_back(program_.reports.scalars);
  for (size_t i = 0; i < graph_.tensors().size(); ++i) {
    const BufferId id = program_.of_tensor[i];
    if (!id.present()) continue;
    if (graph_.tensors()[i].kind == TensorKind::kCache) written(id) = 1;
    if (graph_.tensors()[i].kind == TensorKind::kInput) set_by_host.push_back(id);
  }
  for (BufferId id : set_by_host) {
    const auto staging = program_.staging_of.find(id.value);
    written(staging == program_.staging_of.end() ? id : staging->second) = 1;
  }
  return Status::ok();
}

// What a node's instruction uses is what the node has.
Status MemoryVerifier::check_uses(const Instruction& instruction) const {
  const Node& node = program_.node_of(instruction);
  for (const Use& needed : uses_of(program_, node)) {
    const auto same = std::find_if(instruction.uses.begin(), instruction.uses.end(),
                                   [&](const Use& use) { return use.buffer == needed.buffer; });
    const bool listed =
        same != instruction.uses.end() &&
        (same->access == needed.access || (is_sum(same->access) && is_sum(needed.access)));
    if (!listed) return internal_error("its use of {} is not listed", name(needed.buffer));
    if (needed.access != Access::kUpdate) continue;
    RADDLE_RETURN_IF_ERROR(check_in_place(node, needed.buffer));
  }
  return Status::ok();
}

// An output may lie on an input only where the op allows it, and if no other input shows the same
// memory.
Status MemoryVerifier::check_in_place(const Node& node, BufferId id) const {
  const graph::OpInfo& op = graph::op_info(node.op);
  const auto shows = [&](TensorId tensor) {
    return tensor.present() && program_.buffer_of(tensor) == id;
  };
  int readers = 0;
  bool allowed = false;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (!shows(node.inputs[i])) continue;
    ++readers;
    allowed = allowed || op.inputs[i].written;
    for (const graph::InPlace& pair : op.in_place) {
      allowed = allowed || (pair.input == static_cast<int>(i) &&
                            shows(node.outputs[static_cast<size_t>(pair.output)]));
    }
  }
  if (allowed && readers == 1) return Status::ok();
  return internal_error("an output lies on its input {}, which {} does not allow", name(id),
                        op.name);
}

Status MemoryVerifier::check_read(BufferId id) {
  if (in_arena(id) && owner_within(id).present()) {
    return internal_error("it reads {}, whose memory something else took", name(id));
  }
  if (written(id) == 0) return internal_error("it reads {}, which nothing wrote", name(id));
  return Status::ok();
}

Status MemoryVerifier::write(const Use& use) {
  if (is_sum(use.access) && (use.access == Access::kAccumulate) != (written(use.buffer) != 0)) {
    return internal_error(
        "its sum {} {}", name(use.buffer),
        written(use.buffer) != 0 ? "overwrites an earlier one" : "adds to nothing");
  }
  if (in_arena(use.buffer)) RADDLE_RETURN_IF_ERROR(take(use.buffer));
  written(use.buffer) = 1;
  return Status::ok();
}

Status MemoryVerifier::play(const Instruction& instruction) {
  if (instruction.action == Action::kKernel && instruction.part == Part::kNode) {
    RADDLE_RETURN_IF_ERROR(check_uses(instruction));
  }
  for (const Use& use : instruction.uses) {
    if (reads(use.access)) RADDLE_RETURN_IF_ERROR(check_read(use.buffer));
  }
  for (const Use& use : instruction.uses) {
    if (use.access != Access::kRead) RADDLE_RETURN_IF_ERROR(write(use));
  }
  // What was written may have landed on what is used beside it.
  for (const Use& use : instruction.uses) {
    if (!in_arena(use.buffer)) continue;
    const BufferId other = owner_within(use.buffer);
    if (!other.present()) continue;
    return internal_error("{} and {} lie on each other", name(use.buffer), name(other));
  }
  return Status::ok();
}

Status MemoryVerifier::run() {
  RADDLE_RETURN_IF_ERROR(begin());
  for (size_t i = 0; i < program_.instructions.size(); ++i) {
    const Instruction& instruction = program_.instructions[i];
    Status status = play(instruction);
    if (status.is_ok()) continue;
    return std::move(status).with_context(fmt::format("instruction {} ({})", i, instruction.name));
  }
  for (TensorId id : graph_.outputs()) {
    const BufferId buffer = program_.buffer_of(id);
    if (!buffer.present() || check_read(buffer).is_ok()) continue;
    return internal_error("output {} is not there at the end", graph_.tensor(id).name);
  }
  return Status::ok();
}

}  // namespace

Status verify_program(const Program& program) {
  RADDLE_RETURN_IF_ERROR(MemoryVerifier(program).run());
  return verify_order(program);
}

}  // namespace raddle::plan
