// SPDX-License-Identifier: Apache-2.0
// The same program with nothing shared: every buffer at a place of its own, with
// gaps between them. Its results must be those of the packed program, bit for bit; under the
// address sanitizer the gaps are poisoned, so that a kernel that leaves its operands is seen at
// once, which inside one arena it is not.
#pragma once

#include <string>
#include <vector>

#include "runtime/exec/state_store.h"
#include "runtime/exec/step_executor.h"
#include "runtime/plan/program.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace raddle::test {

struct Gap {
  size_t begin, end;  // bytes of the arena
};

inline plan::Program spread(const plan::Program& packed, std::vector<Gap>* gaps) {
  constexpr size_t kGap = 4096;
  plan::Program program = packed;
  size_t next = 0;
  const auto place = [&](size_t bytes) {
    const size_t at = (next + kGap - 1) / kGap * kGap;
    gaps->push_back({next, at});
    next = at + bytes;
    gaps->push_back({next, next + kGap});
    next += kGap;
    return at;
  };
  for (plan::Buffer& buffer : program.buffers) {
    const bool in_arena =
        buffer.space == plan::Space::kArena || buffer.space == plan::Space::kPersistent;
    if (in_arena) buffer.offset = place(buffer.bytes);
  }
  program.arena_bytes = next;
  return program;
}

// While it lives, what no operand covers must not be touched.
class PoisonedGaps {
 public:
  PoisonedGaps(exec::StepExecutor& executor, std::vector<Gap> gaps, exec::StateStore& store)
      : gaps_(std::move(gaps)) {
    for (const Gap& gap : gaps_) poison(executor.arena() + gap.begin, gap.end - gap.begin);
    poison_parameters(store);
  }
  ~PoisonedGaps() {
    for (const auto& [data, bytes] : poisoned_) set(data, bytes, false);
  }
  PoisonedGaps(const PoisonedGaps&) = delete;
  PoisonedGaps& operator=(const PoisonedGaps&) = delete;

 private:
  static void set([[maybe_unused]] const void* data, [[maybe_unused]] size_t bytes,
                  [[maybe_unused]] bool bad) {
#if defined(__SANITIZE_ADDRESS__)
    if (bad) {
      __asan_poison_memory_region(data, bytes);
    } else {
      __asan_unpoison_memory_region(data, bytes);
    }
#endif
  }
  void poison(const void* data, size_t bytes) {
    set(data, bytes, true);
    poisoned_.emplace_back(data, bytes);
  }
  // The rounding behind each parameter.
  void poison_parameters(exec::StateStore& store) {
    for (const exec::Role role : {exec::Role::kMaster, exec::Role::kGradient}) {
      const float* end = nullptr;  // of the parameter before
      for (size_t i = 0; i < store.parameters().size(); ++i) {
        const auto p = static_cast<int32_t>(i);
        if (!store.has(p, role)) continue;
        const std::span<float> values = store.values(p, role);
        if (end != nullptr && end < values.data()) {
          poison(end, static_cast<size_t>(values.data() - end) * sizeof(float));
        }
        end = values.data() + values.size();
      }
    }
  }

  std::vector<Gap> gaps_;
  std::vector<std::pair<const void*, size_t>> poisoned_;
};

}  // namespace raddle::test
