// SPDX-License-Identifier: Apache-2.0
// How far the current step has come, in one word that other threads (later: other processes) may
// read at any time. Recovery decides by it whether the optimizer has touched the weights.
#pragma once

#include <atomic>
#include <cstdint>

namespace raddle::device {

enum class StepPhase : uint8_t {
  kIdle = 0,              // between steps; the state is that of `step` completed steps
  kBegun = 1,             // micro-batches are running
  kGradientsLocal = 2,    // this rank's gradients are complete
  kGradientsReduced = 3,  // all ranks' are; nothing of the state has changed yet
  kOptimizerBegun = 4,    // weights are changing: from here the step must be finished
};

class TagWord {
 public:
  void set(int64_t step, StepPhase phase) {
    word_.store(static_cast<uint64_t>(step) << 8 | static_cast<uint64_t>(phase),
                std::memory_order_release);
  }
  int64_t step() const { return static_cast<int64_t>(word_.load(std::memory_order_acquire) >> 8); }
  StepPhase phase() const {
    return static_cast<StepPhase>(word_.load(std::memory_order_acquire) & 0xff);
  }

 private:
  std::atomic<uint64_t> word_{0};
};

}  // namespace raddle::device
