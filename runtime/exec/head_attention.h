// SPDX-License-Identifier: Apache-2.0
// HeadAttention: attention of a sequence that is spread over ranks, each of which computes all of
// it for a share of the heads (Ulysses, arXiv 2309.14509). It takes the place of what the packed
// kernel has computed of the sequence's runs.
#pragma once

#include <memory>
#include <vector>

#include "comm/communicator.h"
#include "kernels/ops/attention.h"
#include "runtime/base/trace.h"
#include "runtime/device/caps.h"
#include "runtime/device/device.h"
#include "runtime/exec/head_exchange.h"

namespace raddle::exec {

class HeadAttention {
 public:
  // The largest of what its calls will be given.
  struct Sizes {
    int64_t rows = 0, heads = 0, kv_heads = 0, head_dim = 0;
  };
  // By all ranks together; both are borrowed. Takes all memory that it will need. Null: no number
  // of these ranks divides the heads.
  static StatusOr<std::unique_ptr<HeadAttention>> create(comm::Communicator& communicator,
                                                         const Sizes& sizes, device::Stream& stream,
                                                         const device::DeviceCaps& caps);

  // By all ranks of the sequence, whose number divides the heads, with the packed kernel's
  // arguments.
  Status forward(const kernels::AttentionArgs& args, const SpreadSequence& sequence);
  Status backward(const kernels::AttentionGradArgs& args, const SpreadSequence& sequence);
  void set_trace(TraceRecorder* trace) {
    trace_ = trace;
    exchange_->set_trace(trace);
  }

 private:
  // What computes the share of one of so many ranks.
  struct Kernels {
    int64_t degree = 0;
    const kernels::Kernel<kernels::AttentionArgs>* forward = nullptr;
    const kernels::Kernel<kernels::AttentionGradArgs>* backward = nullptr;
  };

  explicit HeadAttention(device::Stream& stream) : stream_(stream) {}
  Status choose_kernels(const Sizes& sizes, int64_t degree, const device::DeviceCaps& caps,
                        size_t* scratch_bytes);
  const Kernels& kernels_of(const SpreadSequence& sequence) const;
  const int32_t* one_sequence(int64_t tokens);
  template <class Args>
  Status run(const kernels::Kernel<Args>& kernel, const Args& args);

  device::Stream& stream_;
  std::unique_ptr<HeadExchange> exchange_;
  std::vector<Kernels> kernels_;  // by degree
  device::HostBuffer scratch_;
  std::vector<int32_t> cu_seqlens_;
  TraceRecorder* trace_ = nullptr;
};

}  // namespace raddle::exec
