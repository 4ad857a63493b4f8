// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/mesh_attention.h"

#include <algorithm>
#include <cstring>

#include "runtime/balance/ring.h"
#include "runtime/plan/select.h"

namespace raddle::exec {
namespace {

using kernels::AttentionArgs;
using kernels::AttentionDotsArgs;
using kernels::AttentionGradArgs;
using AttentionPair = kernels::AttentionPairOf<float>;
using kernels::AttentionPartArgs;
using kernels::AttentionPartGradArgs;

// Of a row [q | k | v], as the packed kernel has it.
template <class Args>
int64_t width_of(const Args& args) {
  return (args.heads + 2 * args.kv_heads) * args.head_dim;
}
template <class Args>
int64_t kv_width_of(const Args& args) {
  return 2 * args.kv_heads * args.head_dim;
}

// The first kernel of a list that takes the largest of its problems, and the scratch for that.
template <class Args>
Status choose(kernels::KernelList<Args> list, const Args& largest, const device::DeviceCaps& caps,
              const kernels::Kernel<Args>** kernel, size_t* scratch_bytes) {
  const plan::Selection chosen = plan::select_kernel(list, largest, caps, {});
  if (chosen.kernel < 0) return unavailable("no kernel joins attention of several ranks");
  *kernel = list[static_cast<size_t>(chosen.kernel)];
  *scratch_bytes = std::max(*scratch_bytes, chosen.scratch_bytes);
  return Status::ok();
}

}  // namespace

StatusOr<std::unique_ptr<MeshAttention>> MeshAttention::create(comm::Communicator& communicator,
                                                               const Sizes& sizes,
                                                               device::Stream& stream,
                                                               const device::DeviceCaps& caps) {
  RADDLE_ASSERT(sizes.rows > 0 && sizes.heads > 0 && sizes.kv_heads > 0 && sizes.head_dim > 0);
  std::unique_ptr<MeshAttention> made(new MeshAttention(communicator, stream));
  made->section_bytes_ =
      device::align_buffer(static_cast<size_t>(sizes.rows * kv_width_of(sizes)) * sizeof(float),
                           device::kBufferAlignment);
  RADDLE_ASSIGN_OR_RETURN(made->window_, communicator.make_window(made->section_bytes_ * 4));
  made->dots_.resize(static_cast<size_t>(sizes.rows * sizes.heads));
  RADDLE_RETURN_IF_ERROR(made->choose_kernels(sizes, caps));
  return made;
}

Status MeshAttention::choose_kernels(const Sizes& sizes, const device::DeviceCaps& caps) {
  // Pointers that say present, and are not followed.
  static float there = 0;
  AttentionPair pair{};
  pair.q = pair.k = pair.v = &there;
  pair.q_stride = width_of(sizes);
  pair.kv_stride = kv_width_of(sizes);
  pair.queries = pair.keys = sizes.rows;
  pair.heads = sizes.heads;
  pair.kv_heads = sizes.kv_heads;
  pair.head_dim = sizes.head_dim;
  pair.scale = 1;
  size_t bytes = 0;
  RADDLE_RETURN_IF_ERROR(choose(kernels::attention_part_kernels(),
                                AttentionPartArgs{pair, &there, &there, true}, caps, &part_,
                                &bytes));
  AttentionPartGradArgs grad{};
  grad.pair = pair;
  grad.dout = grad.lse = grad.dots = grad.dq = grad.dk = grad.dv = &there;
  grad.dq_stride = grad.dkv_stride = pair.q_stride;
  RADDLE_RETURN_IF_ERROR(
      choose(kernels::attention_part_grad_kernels(), grad, caps, &part_grad_, &bytes));
  RADDLE_RETURN_IF_ERROR(
      choose(kernels::attention_dots_kernels(),
             AttentionDotsArgs{&there, &there, &there, sizes.rows, sizes.heads, sizes.head_dim},
             caps, &dots_kernel_, &bytes));
  RADDLE_ASSIGN_OR_RETURN(scratch_, device::HostBuffer::allocate(bytes));
  return Status::ok();
}

// Of an op's arguments, a run of its queries and a run of keys.
template <class Args>
AttentionPair MeshAttention::pair_of(const Args& args, const Run& queries, const Run& seen,
                                     Keys keys) {
  AttentionPair pair{};
  pair.q_stride = width_of(args);
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
void MeshAttention::publish(Keys keys, const Part& own, int64_t kv_width) {
  for (int64_t i = 0; i < own.rows(); ++i) {
    std::copy_n(keys.first + (own.runs[0].row + i) * keys.stride, kv_width,
                section(kOwn) + i * kv_width);
  }
}

template <class Args>
Status MeshAttention::run(const kernels::Kernel<Args>& kernel, const Args& args) {
  return kernel.launch(args, {stream_, {scratch_.data(), scratch_.bytes()}});
}

float* MeshAttention::section(Section section) const {
  return reinterpret_cast<float*>(window_->address() + section_bytes_ * section);
}

MeshAttention::Part MeshAttention::part_of(const SpreadSequence& sequence, int32_t part,
                                           int64_t first_row) {
  const auto ranges =
      balance::part_tokens(sequence.tokens, static_cast<int64_t>(sequence.ranks.size()), part);
  Part out;
  out.number = part;
  for (size_t i = 0; i < 2; ++i) {
    out.runs[i] = {ranges[i].begin, first_row, ranges[i].count()};
    first_row += ranges[i].count();
  }
  return out;
}

MeshAttention::Hop MeshAttention::hop_of(const SpreadSequence& sequence, int32_t hop) {
  const auto degree = static_cast<int32_t>(sequence.ranks.size());
  // Keys go around the ring, from each part to the next one.
  const int32_t before = (sequence.part + degree - hop) % degree;
  const int32_t after = (sequence.part + hop) % degree;
  return {hop, sequence.ranks[static_cast<size_t>(before)],
          sequence.ranks[static_cast<size_t>(after)], part_of(sequence, sequence.part, 0),
          part_of(sequence, before, 0)};
}

// `hop.sent` goes from one section to the hop's other rank, and what comes goes to another.
Status MeshAttention::swap(const Hop& hop, Section send, Section receive, int64_t row_floats) {
  const auto range = [&](Section section, const Part& part) {
    const size_t begin = section_bytes_ * section;
    const auto floats = static_cast<size_t>(part.rows() * row_floats);
    return comm::Range{begin, begin + floats * sizeof(float)};
  };
  const comm::Transfer sent = {hop.to, window_.get(), range(send, hop.sent)};
  const comm::Transfer received = {hop.from, window_.get(), range(receive, hop.received)};
  const auto list = [](const comm::Transfer& one) {
    return std::span(&one, one.range.bytes() > 0 ? 1 : 0);
  };
  return communicator_.exchange(list(sent), list(received), static_cast<uint32_t>(hop.number));
}

template <class Do>
Status MeshAttention::each_pair(const Part& own, const Part& other, int64_t degree, int64_t hop,
                                bool causal, Do action) {
  const balance::RingHop ring = balance::ring_hop(degree, own.number, hop, causal);
  RADDLE_ASSERT(ring.key_part == other.number);
  for (const balance::ChunkPair& chunks : ring.pairs()) {
    const Run &queries = own.chunk(chunks.query_chunk), &seen = other.chunk(chunks.key_chunk);
    const bool is_done = hop == 0 && chunks.query_chunk == chunks.key_chunk;
    if (is_done || queries.count == 0 || seen.count == 0) continue;
    RADDLE_RETURN_IF_ERROR(action(queries, seen));
  }
  return Status::ok();
}

Status MeshAttention::merge(const AttentionArgs& args, int64_t degree, int64_t hop, const Part& own,
                            const Part& other, Keys keys) {
  return each_pair(own, other, degree, hop, args.causal, [&](const Run& queries, const Run& seen) {
    const AttentionPair pair = pair_of(args, queries, seen, keys);
    const int64_t at = queries.row * args.heads;
    return run(*part_, AttentionPartArgs{pair, args.out + at * args.head_dim, args.lse + at, true});
  });
}

Status MeshAttention::forward(const AttentionArgs& args, const StepMesh& mesh) {
  const int64_t kv_width = kv_width_of(args);
  const Keys keys = {args.qkv + args.heads * args.head_dim, width_of(args)};
  for (size_t s = 0; s < mesh.spread.size(); ++s) {
    const SpreadSequence& sequence = mesh.spread[s];
    const auto degree = static_cast<int32_t>(sequence.ranks.size());
    const Part own = part_of(sequence, sequence.part, sequence.first_row);
    RADDLE_RETURN_IF_ERROR(merge(args, degree, 0, own, own, keys));
    publish(keys, own, kv_width);
    for (int32_t h = 1; h < degree; ++h) {
      const Hop hop = hop_of(sequence, h);
      RADDLE_RETURN_IF_ERROR(swap(hop, kOwn, kPeer, kv_width));
      RADDLE_RETURN_IF_ERROR(merge(args, degree, h, own, hop.received, {section(kPeer), kv_width}));
    }
  }
  return Status::ok();
}

Status MeshAttention::add_gradients(const AttentionGradArgs& args, int64_t degree, int64_t hop,
                                    const Part& own, const Part& other, Keys keys,
                                    KeyGradients gradients) {
  return each_pair(own, other, degree, hop, args.causal, [&](const Run& queries, const Run& seen) {
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
  const int64_t width = width_of(args), kv_width = kv_width_of(args);
  const int64_t keys_at = args.heads * args.head_dim;
  const Keys keys = {args.qkv + keys_at, width};
  float* const gradients = args.dqkv + keys_at;
  for (size_t s = 0; s < mesh.spread.size(); ++s) {
    const SpreadSequence& sequence = mesh.spread[s];
    const auto degree = static_cast<int32_t>(sequence.ranks.size());
    const Part own = part_of(sequence, sequence.part, sequence.first_row);
    const int64_t at = sequence.first_row * args.heads;
    RADDLE_RETURN_IF_ERROR(
        run(*dots_kernel_,
            AttentionDotsArgs{args.dout + at * args.head_dim, args.out + at * args.head_dim,
                              dots_.data() + at, own.rows(), args.heads, args.head_dim}));
    RADDLE_RETURN_IF_ERROR(add_gradients(args, degree, 0, own, own, keys, {gradients, width}));
    publish(keys, own, kv_width);
    for (int32_t h = 1; h < degree; ++h) {
      const Hop hop = hop_of(sequence, h);
      RADDLE_RETURN_IF_ERROR(swap(hop, kOwn, kPeer, kv_width));
      std::fill_n(section(kGradients), hop.received.rows() * kv_width, 0.0f);
      RADDLE_RETURN_IF_ERROR(add_gradients(args, degree, h, own, hop.received,
                                           {section(kPeer), kv_width},
                                           {section(kGradients), kv_width}));
      // Back to whom the keys are of; from whom had this rank's.
      const Hop back = {h, hop.to, hop.from, hop.received, hop.sent};
      RADDLE_RETURN_IF_ERROR(swap(back, kGradients, kReturned, kv_width));
      for (int64_t row = 0; row < own.rows(); ++row) {
        float* const to = gradients + (sequence.first_row + row) * width;
        const float* const from = section(kReturned) + row * kv_width;
        for (int64_t i = 0; i < kv_width; ++i) to[i] += from[i];
      }
    }
  }
  return Status::ok();
}

}  // namespace raddle::exec
