// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/mesh_attention.h"

#include <algorithm>
#include <cstring>

#include "runtime/balance/ring.h"
#include "runtime/exec/attention_rows.h"
#include "runtime/exec/choose_kernel.h"

namespace raddle::exec {
namespace {

using kernels::AttentionArgs;
using kernels::AttentionDotsArgs;
using kernels::AttentionGradArgs;
using AttentionPair = kernels::AttentionPairOf<float>;
using kernels::AttentionPartArgs;
using kernels::AttentionPartGradArgs;

}  // namespace

StatusOr<std::unique_ptr<MeshAttention>> MeshAttention::create(comm::Communicator& communicator,
                                                               const Sizes& sizes,
                                                               device::Stream& stream,
                                                               const device::DeviceCaps& caps,
                                                               bool with_heads) {
  RADDLE_ASSERT(sizes.rows > 0 && sizes.heads > 0 && sizes.kv_heads > 0 && sizes.head_dim > 0);
  RADDLE_ASSIGN_OR_RETURN(auto ring,
                          RingExchange::create(communicator, sizes.rows, kv_width(sizes)));
  std::unique_ptr<MeshAttention> made(new MeshAttention(std::move(ring), stream));
  if (with_heads) {
    RADDLE_ASSIGN_OR_RETURN(made->heads_, HeadAttention::create(communicator, sizes, stream, caps));
  }
  made->dots_.resize(static_cast<size_t>(sizes.rows * sizes.heads));
  RADDLE_RETURN_IF_ERROR(made->choose_kernels(sizes, caps));
  return made;
}

Status MeshAttention::choose_kernels(const Sizes& sizes, const device::DeviceCaps& caps) {
  // Pointers that say present, and are not followed.
  static float there = 0;
  AttentionPair pair{};
  pair.q = pair.k = pair.v = &there;
  pair.q_stride = qkv_width(sizes);
  pair.kv_stride = kv_width(sizes);
  pair.queries = pair.keys = sizes.rows;
  pair.heads = sizes.heads;
  pair.kv_heads = sizes.kv_heads;
  pair.head_dim = sizes.head_dim;
  pair.scale = 1;
  size_t bytes = 0;
  RADDLE_RETURN_IF_ERROR(choose_kernel(kernels::attention_part_kernels(),
                                       AttentionPartArgs{pair, &there, &there, true}, caps, &part_,
                                       &bytes));
  AttentionPartGradArgs grad{};
  grad.pair = pair;
  grad.dout = grad.lse = grad.dots = grad.dq = grad.dk = grad.dv = &there;
  grad.dq_stride = grad.dkv_stride = pair.q_stride;
  RADDLE_RETURN_IF_ERROR(
      choose_kernel(kernels::attention_part_grad_kernels(), grad, caps, &part_grad_, &bytes));
  RADDLE_RETURN_IF_ERROR(choose_kernel(
      kernels::attention_dots_kernels(),
      AttentionDotsArgs{&there, &there, &there, sizes.rows, sizes.heads, sizes.head_dim}, caps,
      &dots_kernel_, &bytes));
  RADDLE_ASSIGN_OR_RETURN(scratch_, device::HostBuffer::allocate(bytes));
  return Status::ok();
}

// Of an op's arguments, a run of its queries and a run of keys.
template <class Args>
AttentionPair MeshAttention::pair_of(const Args& args, const TokenRun& queries,
                                     const TokenRun& seen, Keys keys) {
  AttentionPair pair{};
  pair.q_stride = qkv_width(args);
  pair.q = args.qkv + queries.row * pair.q_stride;
  pair.k = keys.first + seen.row * keys.stride;
  pair.v = pair.k + args.kv_heads * args.head_dim;
  pair.kv_stride = keys.stride;
  pair.first_query = queries.position;
  pair.queries = queries.count;
  pair.first_key = seen.position;
  pair.keys = seen.count;
  pair.heads = args.heads;
  pair.kv_heads = args.kv_heads;
  pair.head_dim = args.head_dim;
  pair.scale = args.scale;
  pair.causal = args.causal;
  return pair;
}

// Own keys and values, for others to take.
void MeshAttention::publish(Keys keys, const SequencePart& own, int64_t kv_floats) {
  for (int64_t i = 0; i < own.rows(); ++i) {
    std::copy_n(keys.first + (own.runs[0].row + i) * keys.stride, kv_floats,
                ring_->own_keys() + i * kv_floats);
  }
}

template <class Args>
Status MeshAttention::run(const kernels::Kernel<Args>& kernel, const Args& args) {
  return kernel.launch(args, {stream_, {scratch_.data(), scratch_.bytes()}});
}

void MeshAttention::set_trace(TraceRecorder* trace) {
  trace_ = trace;
  ring_->set_trace(trace);
  if (heads_ != nullptr) heads_->set_trace(trace);
}

template <class Do>
Status MeshAttention::each_pair(const SequencePart& own, const SequencePart& other, int32_t hop,
                                bool causal, Do action) const {
  const TraceSpan span(trace_, "attention of a hop", "ring");
  const balance::RingHop ring = balance::ring_hop(ring_->degree(), own.number, hop, causal);
  RADDLE_ASSERT(ring.key_part == other.number);
  for (const balance::ChunkPair& chunks : ring.pairs()) {
    const TokenRun &queries = own.chunk(chunks.query_chunk), &seen = other.chunk(chunks.key_chunk);
    const bool is_done = hop == 0 && chunks.query_chunk == chunks.key_chunk;
    if (is_done || queries.count == 0 || seen.count == 0) continue;
    RADDLE_RETURN_IF_ERROR(action(queries, seen));
  }
  return Status::ok();
}

Status MeshAttention::merge(const AttentionArgs& args, int32_t hop, const SequencePart& own,
                            const SequencePart& other, Keys keys) {
  return each_pair(
      own, other, hop, args.causal, [&](const TokenRun& queries, const TokenRun& seen) {
        const AttentionPair pair = pair_of(args, queries, seen, keys);
        const int64_t at = queries.row * args.heads;
        return run(*part_,
                   AttentionPartArgs{pair, args.out + at * args.head_dim, args.lse + at, true});
      });
}

Status MeshAttention::forward(const AttentionArgs& args, const StepMesh& mesh) {
  for (const SpreadSequence& sequence : mesh.spread) {
    RADDLE_ASSERT(!sequence.by_heads || heads_ != nullptr);
    RADDLE_RETURN_IF_ERROR(sequence.by_heads ? heads_->forward(args, sequence)
                                             : forward(args, sequence));
  }
  return Status::ok();
}

Status MeshAttention::forward(const AttentionArgs& args, const SpreadSequence& sequence) {
  const int64_t kv_floats = kv_width(args);
  const Keys own_keys = {args.qkv + args.heads * args.head_dim, qkv_width(args)};
  ring_->begin(sequence, kv_floats);
  const SequencePart own = ring_->own();
  publish(own_keys, own, kv_floats);
  RADDLE_RETURN_IF_ERROR(ring_->ask_for_keys(1));
  RADDLE_RETURN_IF_ERROR(merge(args, 0, own, own, own_keys));
  for (int32_t hop = 1; hop < ring_->degree(); ++hop) {
    RADDLE_ASSIGN_OR_RETURN(const float* const keys, ring_->keys(hop));
    RADDLE_RETURN_IF_ERROR(ring_->ask_for_keys(hop + 1));
    RADDLE_RETURN_IF_ERROR(merge(args, hop, own, ring_->of_hop(hop), {keys, kv_floats}));
  }
  return ring_->end();
}

Status MeshAttention::add_gradients(const AttentionGradArgs& args, int32_t hop,
                                    const SequencePart& own, const SequencePart& other, Keys keys,
                                    KeyGradients gradients) {
  return each_pair(own, other, hop, args.causal,
                   [&](const TokenRun& queries, const TokenRun& seen) {
                     AttentionPartGradArgs grad{};
                     grad.pair = pair_of(args, queries, seen, keys);
                     const int64_t at = queries.row * args.heads;
                     grad.dout = args.dout + at * args.head_dim;
                     grad.lse = args.lse + at;
                     grad.dots = dots_.data() + at;
                     grad.dq_stride = grad.pair.q_stride;
                     grad.dq = args.dqkv + queries.row * grad.dq_stride;
                     grad.dk = gradients.first + seen.row * gradients.stride;
                     grad.dv = grad.dk + args.kv_heads * args.head_dim;
                     grad.dkv_stride = gradients.stride;
                     grad.add_dq = grad.add_dkv = true;
                     return run(*part_grad_, grad);
                   });
}

Status MeshAttention::backward(const AttentionGradArgs& args, const StepMesh& mesh) {
  for (const SpreadSequence& sequence : mesh.spread) {
    RADDLE_ASSERT(!sequence.by_heads || heads_ != nullptr);
    RADDLE_RETURN_IF_ERROR(sequence.by_heads ? heads_->backward(args, sequence)
                                             : backward(args, sequence));
  }
  return Status::ok();
}

// What others have found of the gradients of own keys in a hop.
Status MeshAttention::add_returned(int32_t hop, const SequencePart& own, KeyGradients gradients,
                                   int64_t kv_floats) {
  if (hop < 1) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(const float* from, ring_->returned(hop));
  for (int64_t row = 0; row < own.rows(); ++row, from += kv_floats) {
    float* const to = gradients.first + (own.runs[0].row + row) * gradients.stride;
    for (int64_t i = 0; i < kv_floats; ++i) to[i] += from[i];
  }
  return Status::ok();
}

Status MeshAttention::backward(const AttentionGradArgs& args, const SpreadSequence& sequence) {
  const int64_t width = qkv_width(args), kv_floats = kv_width(args);
  const int64_t keys_at = args.heads * args.head_dim, at = sequence.first_row * args.heads;
  const Keys own_keys = {args.qkv + keys_at, width};
  const KeyGradients own_gradients = {args.dqkv + keys_at, width};
  ring_->begin(sequence, kv_floats);
  const SequencePart own = ring_->own();
  publish(own_keys, own, kv_floats);
  RADDLE_RETURN_IF_ERROR(ring_->ask_for_keys(1));
  RADDLE_RETURN_IF_ERROR(
      run(*dots_kernel_,
          AttentionDotsArgs{args.dout + at * args.head_dim, args.out + at * args.head_dim,
                            dots_.data() + at, own.rows(), args.heads, args.head_dim}));
  RADDLE_RETURN_IF_ERROR(add_gradients(args, 0, own, own, own_keys, own_gradients));
  const int32_t degree = ring_->degree();
  for (int32_t hop = 1; hop < degree; ++hop) {
    RADDLE_ASSIGN_OR_RETURN(const float* const keys, ring_->keys(hop));
    RADDLE_ASSIGN_OR_RETURN(float* const gradients, ring_->gradients(hop));
    RADDLE_RETURN_IF_ERROR(ring_->ask_for_keys(hop + 1));
    RADDLE_RETURN_IF_ERROR(add_gradients(args, hop, own, ring_->of_hop(hop), {keys, kv_floats},
                                         {gradients, kv_floats}));
    RADDLE_RETURN_IF_ERROR(add_returned(hop - 1, own, own_gradients, kv_floats));
    RADDLE_RETURN_IF_ERROR(ring_->give_gradients(hop));
  }
  RADDLE_RETURN_IF_ERROR(add_returned(degree - 1, own, own_gradients, kv_floats));
  return ring_->end();
}

}  // namespace raddle::exec
