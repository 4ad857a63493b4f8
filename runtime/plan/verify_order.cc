// SPDX-License-Identifier: Apache-2.0
// Vector clocks over the queues and the host: what each knows to be done of the others.
#include <algorithm>
#include <array>
#include <optional>

#include "runtime/plan/verify_program.h"

namespace raddle::plan {
namespace {

constexpr size_t kHost = kQueues;
using Clock = std::array<int64_t, kQueues + 1>;

void merge(Clock& into, const Clock& from) {
  for (size_t i = 0; i < into.size(); ++i) into[i] = std::max(into[i], from[i]);
}

class OrderVerifier {
 public:
  explicit OrderVerifier(const Program& program)
      : program_(program), events_(static_cast<size_t>(program.event_count)) {}
  Status run(int micro_batches);

 private:
  struct Past {
    int64_t when;
    Use use;
    std::string_view what;
  };
  std::optional<Clock>& event(int32_t number);
  bool touch(BufferId a, BufferId b) const;
  Status use(size_t who, const Use& use, std::string_view what);
  Status stage(std::span<const BufferId> buffers, int32_t after);
  Status play(const Instruction& instruction);
  Status segments(Segment from, Segment to);
  Status read_reports();
  std::vector<BufferId> inputs() const;

  const Program& program_;
  std::vector<std::optional<Clock>> events_;
  std::array<Clock, kQueues + 1> clocks_{};
  std::array<std::vector<Past>, kQueues + 1> past_;
};

std::optional<Clock>& OrderVerifier::event(int32_t number) {
  RADDLE_ASSERT(number >= 0 && static_cast<size_t>(number) < events_.size());
  return events_[static_cast<size_t>(number)];
}

// Whether two buffers have bytes in common.
bool OrderVerifier::touch(BufferId a, BufferId b) const {
  if (a == b) return true;
  const Buffer &x = program_.buffer(a), &y = program_.buffer(b);
  const auto block = [](const Buffer& buffer) {
    return buffer.space == Space::kPersistent ? Space::kArena : buffer.space;
  };
  if (block(x) != block(y) || x.space == Space::kState) return false;
  return std::max(x.offset, y.offset) < std::min(x.offset + x.bytes, y.offset + y.bytes);
}

Status OrderVerifier::use(size_t who, const Use& use, std::string_view what) {
  RADDLE_ASSERT(who < past_.size());
  for (size_t other = 0; other < past_.size(); ++other) {
    if (other == who) continue;
    for (const Past& past : past_[other]) {
      if (clocks_[who][other] >= past.when || !touch(past.use.buffer, use.buffer)) continue;
      if (past.use.access == Access::kRead && use.access == Access::kRead) continue;
      return internal_error("{} uses {} and nothing orders it after {}, which uses {}", what,
                            program_.buffer(use.buffer).name, past.what,
                            program_.buffer(past.use.buffer).name);
    }
  }
  past_[who].push_back({clocks_[who][who], use, what});
  return Status::ok();
}

// The host puts the next values into staging memory, once it may.
Status OrderVerifier::stage(std::span<const BufferId> buffers, int32_t after) {
  ++clocks_[kHost][kHost];
  if (after >= 0 && event(after).has_value()) merge(clocks_[kHost], *event(after));
  for (BufferId id : buffers) {
    const auto staging = program_.staging_of.find(id.value);
    if (staging == program_.staging_of.end()) continue;
    RADDLE_RETURN_IF_ERROR(use(kHost, {staging->second, Access::kWrite}, "the host"));
  }
  return Status::ok();
}

Status OrderVerifier::play(const Instruction& instruction) {
  const auto queue = static_cast<size_t>(instruction.queue);
  Clock& clock = clocks_[queue];
  merge(clock, clocks_[kHost]);  // it is queued after all that the host did
  ++clock[queue];
  if (instruction.action == Action::kRecord) {
    event(instruction.event) = clock;
  } else if (instruction.action == Action::kWait) {
    const std::optional<Clock>& awaited = event(instruction.event);
    if (awaited.has_value()) merge(clock, *awaited);
  }
  for (const Use& one : instruction.uses) {
    RADDLE_RETURN_IF_ERROR(use(queue, one, instruction.name));
  }
  return Status::ok();
}

Status OrderVerifier::segments(Segment from, Segment to) {
  for (const Instruction& instruction : program_.instructions) {
    if (instruction.segment < from || instruction.segment > to) continue;
    RADDLE_RETURN_IF_ERROR(play(instruction));
  }
  return Status::ok();
}

std::vector<BufferId> OrderVerifier::inputs() const {
  std::vector<BufferId> out;
  for (size_t i = 0; i < program_.graph.tensors().size(); ++i) {
    const bool is_input = program_.graph.tensors()[i].kind == graph::TensorKind::kInput;
    if (is_input && program_.of_tensor[i].present()) out.push_back(program_.of_tensor[i]);
  }
  return out;
}

// The host waits for all, then looks.
Status OrderVerifier::read_reports() {
  for (size_t queue = 0; queue < kQueues; ++queue) merge(clocks_[kHost], clocks_[queue]);
  ++clocks_[kHost][kHost];
  for (const auto& [buffer, staging] : program_.staging_of) {
    RADDLE_RETURN_IF_ERROR(use(kHost, {staging, Access::kRead}, "the host"));
  }
  for (auto& past : past_) past.clear();  // all is done, and what comes is queued after it
  return Status::ok();
}

Status OrderVerifier::run(int micro_batches) {
  const std::vector<BufferId> set_by_host = inputs();
  for (int step = 0; step < 2; ++step) {
    for (int i = 0; i < micro_batches; ++i) {
      RADDLE_RETURN_IF_ERROR(stage(set_by_host, program_.inputs_staged));
      RADDLE_RETURN_IF_ERROR(segments(Segment::kForward, Segment::kBackward));
    }
    if (program_.reports.scalars.present()) {
      const BufferId scalars = program_.reports.scalars;
      RADDLE_RETURN_IF_ERROR(stage(std::span(&scalars, 1), program_.scalars_staged));
      RADDLE_RETURN_IF_ERROR(segments(Segment::kUpdate, Segment::kUpdate));
    }
    // Not after the first step: two that follow each other at once must be right too.
    if (step > 0) RADDLE_RETURN_IF_ERROR(read_reports());
  }
  return Status::ok();
}

}  // namespace

Status verify_order(const Program& program) {
  const bool one_queue = std::all_of(
      program.instructions.begin(), program.instructions.end(),
      [](const Instruction& instruction) { return instruction.queue == Queue::kCompute; });
  if (one_queue) return Status::ok();
  // The end of one micro-batch orders what the only one of a step does not.
  RADDLE_RETURN_IF_ERROR(OrderVerifier(program).run(1));
  return OrderVerifier(program).run(2);
}

}  // namespace raddle::plan
