// SPDX-License-Identifier: Apache-2.0
// MeshAttention: what is missing from attention where a sequence is spread over ranks. The packed
// kernel has computed each run of tokens by itself; here each run of queries meets the keys of all
// others that it sees (balance/ring.h), whose keys and values come hop by hop (ring attention, Liu
// et al., arXiv 2310.01889; zig-zag parts as in ByteScale, arXiv 2502.21231). In the backward pass
// the gradients of those keys and values go back to their owner, who adds them up in the order of
// hops. So the same mesh gives the same bits.
#pragma once

#include <memory>
#include <vector>

#include "comm/communicator.h"
#include "kernels/ops/attention.h"
#include "kernels/ops/attention_part.h"
#include "runtime/device/caps.h"
#include "runtime/device/device.h"
#include "runtime/exec/step_mesh.h"

namespace raddle::exec {

class MeshAttention {
 public:
  // The largest of what its calls will be given.
  struct Sizes {
    int64_t rows = 0, heads = 0, kv_heads = 0, head_dim = 0;
  };
  // By all ranks together; both are borrowed. Takes all memory that it will need.
  static StatusOr<std::unique_ptr<MeshAttention>> create(comm::Communicator& communicator,
                                                         const Sizes& sizes, device::Stream& stream,
                                                         const device::DeviceCaps& caps);

  // By all ranks of the mesh's sequences, after the packed kernel and with its arguments.
  Status forward(const kernels::AttentionArgs& args, const StepMesh& mesh);
  Status backward(const kernels::AttentionGradArgs& args, const StepMesh& mesh);

 private:
  // A run of tokens of a sequence: where it begins there, in its memory, and how long it is.
  struct Run {
    int64_t position = 0, row = 0, count = 0;
  };
  struct Part {
    int32_t number = 0;
    Run runs[2];
    int64_t rows() const { return runs[0].count + runs[1].count; }
    // The first of its two chunks has the part's number.
    const Run& chunk(int32_t chunk) const { return runs[chunk == number ? 0 : 1]; }
  };
  // Keys and values: rows of `stride` floats, keys before values.
  struct Keys {
    const float* first = nullptr;
    int64_t stride = 0;
  };
  struct KeyGradients {
    float* first = nullptr;
    int64_t stride = 0;
  };
  struct Hop {
    int32_t number = 0;
    int32_t from = 0, to = 0;  // ranks
    Part sent, received;
  };
  // Of the window: what is sent and received.
  enum Section : size_t { kOwn, kPeer, kGradients, kReturned };

  MeshAttention(comm::Communicator& communicator, device::Stream& stream)
      : communicator_(communicator), stream_(stream) {}
  Status choose_kernels(const Sizes& sizes, const device::DeviceCaps& caps);
  float* section(Section section) const;
  Status swap(const Hop& hop, Section send, Section receive, int64_t row_floats);
  static Part part_of(const SpreadSequence& sequence, int32_t part, int64_t first_row);
  static Hop hop_of(const SpreadSequence& sequence, int32_t hop);
  template <class Args>
  static kernels::AttentionPairOf<float> pair_of(const Args& args, const Run& queries,
                                                 const Run& seen, Keys keys);
  void publish(Keys keys, const Part& own, int64_t kv_width);
  // Calls action(queries, keys) for the runs of own queries and of the keys that came in a hop,
  // those of `other`, which see each other and which the packed kernel has not done; hop 0 is
  // `own` itself.
  template <class Do>
  static Status each_pair(const Part& own, const Part& other, int64_t degree, int64_t hop,
                          bool causal, Do action);
  Status merge(const kernels::AttentionArgs& args, int64_t degree, int64_t hop, const Part& own,
               const Part& other, Keys keys);
  Status add_gradients(const kernels::AttentionGradArgs& args, int64_t degree, int64_t hop,
                       const Part& own, const Part& other, Keys keys, KeyGradients gradients);
  template <class Args>
  Status run(const kernels::Kernel<Args>& kernel, const Args& args);

  comm::Communicator& communicator_;
  device::Stream& stream_;
  std::unique_ptr<comm::Window> window_;
  size_t section_bytes_ = 0;
  const kernels::Kernel<kernels::AttentionPartArgs>* part_ = nullptr;
  const kernels::Kernel<kernels::AttentionPartGradArgs>* part_grad_ = nullptr;
  const kernels::Kernel<kernels::AttentionDotsArgs>* dots_kernel_ = nullptr;
  device::HostBuffer scratch_;
  std::vector<float> dots_;
};

}  // namespace raddle::exec
