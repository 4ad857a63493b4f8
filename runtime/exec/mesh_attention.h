// SPDX-License-Identifier: Apache-2.0
// MeshAttention: what is missing from attention where a sequence is spread over ranks. The packed
// kernel has computed each run of tokens by itself; here each run of queries meets the keys of all
// others that it sees (balance/ring.h), whose keys and values come hop by hop (ring attention, Liu
// et al., arXiv 2310.01889; zig-zag parts as in ByteScale, arXiv 2502.21231). In the backward pass
// the gradients of those keys and values go back to their owner, who adds them up in the order of
// hops. So the same mesh gives the same bits. Sequences that are spread by heads go to
// HeadAttention.
#pragma once

#include <memory>
#include <vector>

#include "comm/communicator.h"
#include "kernels/ops/attention.h"
#include "kernels/ops/attention_part.h"
#include "runtime/device/caps.h"
#include "runtime/device/device.h"
#include "runtime/exec/head_attention.h"
#include "runtime/exec/ring_exchange.h"
#include "runtime/exec/step_mesh.h"

namespace raddle::exec {

class MeshAttention {
 public:
  using Sizes = HeadAttention::Sizes;
  // By all ranks together; both are borrowed. Takes all memory that it will need. `with_heads`:
  // sequences may be spread by heads too.
  static StatusOr<std::unique_ptr<MeshAttention>> create(comm::Communicator& communicator,
                                                         const Sizes& sizes, device::Stream& stream,
                                                         const device::DeviceCaps& caps,
                                                         bool with_heads);

  // By all ranks of the mesh's sequences, after the packed kernel and with its arguments.
  Status forward(const kernels::AttentionArgs& args, const StepMesh& mesh);
  Status backward(const kernels::AttentionGradArgs& args, const StepMesh& mesh);
  // Null, or where each hop and each wait of one is recorded.
  void set_trace(TraceRecorder* trace);

 private:
  // Keys and values: rows of `stride` floats, keys before values.
  struct Keys {
    const float* first = nullptr;
    int64_t stride = 0;
  };
  struct KeyGradients {
    float* first = nullptr;
    int64_t stride = 0;
  };
  MeshAttention(std::unique_ptr<RingExchange> ring, device::Stream& stream)
      : ring_(std::move(ring)), stream_(stream) {}
  Status choose_kernels(const Sizes& sizes, const device::DeviceCaps& caps);
  template <class Args>
  static kernels::AttentionPairOf<float> pair_of(const Args& args, const TokenRun& queries,
                                                 const TokenRun& seen, Keys keys);
  void publish(Keys keys, const SequencePart& own, int64_t kv_floats);
  Status forward(const kernels::AttentionArgs& args, const SpreadSequence& sequence);
  Status backward(const kernels::AttentionGradArgs& args, const SpreadSequence& sequence);
  // Calls action(queries, keys) for the runs of own queries and of the keys that came in a hop,
  // those of `other`, which see each other and which the packed kernel has not done; hop 0 is
  // `own` itself.
  template <class Do>
  Status each_pair(const SequencePart& own, const SequencePart& other, int32_t hop, bool causal,
                   Do action) const;
  Status merge(const kernels::AttentionArgs& args, int32_t hop, const SequencePart& own,
               const SequencePart& other, Keys keys);
  Status add_gradients(const kernels::AttentionGradArgs& args, int32_t hop, const SequencePart& own,
                       const SequencePart& other, Keys keys, KeyGradients gradients);
  Status add_returned(int32_t hop, const SequencePart& own, KeyGradients gradients,
                      int64_t kv_floats);
  template <class Args>
  Status run(const kernels::Kernel<Args>& kernel, const Args& args);

  std::unique_ptr<RingExchange> ring_;
  std::unique_ptr<HeadAttention> heads_;  // null: no number of ranks divides the heads
  device::Stream& stream_;
  TraceRecorder* trace_ = nullptr;
  const kernels::Kernel<kernels::AttentionPartArgs>* part_ = nullptr;
  const kernels::Kernel<kernels::AttentionPartGradArgs>* part_grad_ = nullptr;
  const kernels::Kernel<kernels::AttentionDotsArgs>* dots_kernel_ = nullptr;
  device::HostBuffer scratch_;
  std::vector<float> dots_;
};

}  // namespace raddle::exec
