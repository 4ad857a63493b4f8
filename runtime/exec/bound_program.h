// SPDX-License-Identifier: Apache-2.0
// The kernels of a Program with their arguments: real addresses in place of buffers.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "kernels/ops/attention.h"
#include "kernels/ops/optimizer.h"
#include "runtime/device/device.h"
#include "runtime/exec/state_store.h"
#include "runtime/plan/program.h"

namespace raddle::exec {

// Where a program's blocks of memory are.
struct Blocks {
  std::byte* arena = nullptr;
  std::byte* staging = nullptr;
};

class BoundProgram {
 public:
  // All is borrowed; the stream is one that kernels may be prepared for. FAILED_PRECONDITION if the
  // store lacks a parameter of the program, has it in another shape or only in part, or is not laid
  // out as the update was planned for.
  static StatusOr<std::unique_ptr<BoundProgram>> create(const plan::Program& program,
                                                        StateStore& store, float weight_decay,
                                                        Blocks blocks, device::Stream& stream);
  // Of an instruction that is a kernel: in a step's first micro-batch it begins its sums, in later
  // ones it adds to them.
  const device::Work& work(size_t instruction, bool first) const {
    RADDLE_ASSERT(instruction < rest_.size() && rest_[instruction] != nullptr);
    const auto& begin = first_[instruction];
    return first && begin != nullptr ? *begin : *rest_[instruction];
  }
  // What the kernel before an exchange of attention was given.
  const kernels::AttentionArgs& attention(size_t instruction) const {
    return attention_.at(instruction);
  }
  const kernels::AttentionGradArgs& attention_grad(size_t instruction) const {
    return attention_grad_.at(instruction);
  }
  std::byte* address(plan::BufferId buffer) const {
    RADDLE_ASSERT(buffer.present() && static_cast<size_t>(buffer.value) < addresses_.size());
    return addresses_[static_cast<size_t>(buffer.value)];
  }

 private:
  explicit BoundProgram(const plan::Program& program) : program_(program) {}
  Status find_addresses(StateStore& store, Blocks blocks);
  template <class Sink>
  Status lower(const plan::Instruction& instruction, bool first, Sink& sink);
  Status note_attention(size_t index);
  Status bind(size_t index, bool first, device::Stream& stream, std::unique_ptr<device::Work>* out);
  template <class T>
  T* pointer(plan::BufferId buffer) const {
    return buffer.present() ? reinterpret_cast<T*>(address(buffer)) : nullptr;
  }

  const plan::Program& program_;
  std::vector<std::byte*> addresses_;  // by buffer
  std::vector<kernels::ParameterSlice> slices_;
  std::map<size_t, kernels::AttentionArgs> attention_;
  std::map<size_t, kernels::AttentionGradArgs> attention_grad_;
  // By instruction; `first_` only where a sum begins.
  std::vector<std::unique_ptr<device::Work>> rest_, first_;
};

}  // namespace raddle::exec
