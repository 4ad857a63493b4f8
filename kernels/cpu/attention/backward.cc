// SPDX-License-Identifier: Apache-2.0
// Scheduling of attention's gradient. A task is a sequence's chunk of key blocks for one key/value
// head; it runs its blocks in order, so every sum has a fixed order. With few heads a long sequence
// is dealt to several chunks (block b to chunk b mod chunks) for the sake of many cores; each chunk
// but the first then has its own partial dq, and the partials are added in order at the end. The
// number of chunks depends on shapes alone, never on threads.
#include <algorithm>

#include "kernels/cpu/attention/backward.h"
#include "kernels/ops/attention.h"
#include "runtime/device/cpu/worker_pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention/backward.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/attention/backward-inl.h"

#if HWY_ONCE
namespace raddle::kernels {
namespace {

HWY_EXPORT(output_dots);
HWY_EXPORT(key_block_gradient);
HWY_EXPORT(add_rows);

constexpr int64_t kRowsPerTask = 32;

int64_t chunks_of(const AttentionGradArgs& a, int64_t sequence_rows) {
  return key_chunks(sequence_rows, a.kv_heads);
}

struct Chunk {
  int32_t sequence_begin, sequence_end;
  int32_t index, count;  // of the sequence's chunks
};

struct Scratch {
  Block* blocks;
  Chunk* chunks;
  float* dots;      // (rows, heads)
  float* partials;  // (most chunks - 1, rows, heads head_dim)
  size_t shared_bytes;
  Scratch(std::byte* base, const AttentionGradArgs& a) {
    ScratchCursor cursor(base);
    blocks = cursor.take<Block>(a.rows);
    chunks = cursor.take<Chunk>(a.rows);
    dots = cursor.take<float>(a.rows * a.heads);
    partials = cursor.take<float>((chunks_of(a, a.rows) - 1) * a.rows * a.heads * a.head_dim);
    shared_bytes = cursor.bytes();
  }
};

size_t scratch_bytes(const AttentionGradArgs& a, const DeviceCaps& caps) {
  return Scratch(nullptr, a).shared_bytes +
         static_cast<size_t>(caps.threads) * backward_tile_bytes(a.head_dim);
}

int64_t cut_into_chunks(const AttentionGradArgs& a, const Block* blocks, int64_t block_count,
                        Chunk* chunks) {
  int64_t count = 0;
  for (int64_t b = 0; b < block_count; ++b) {
    if (blocks[b].begin != blocks[b].sequence_begin) continue;
    const Block& block = blocks[b];
    const int64_t wanted = chunks_of(a, block.sequence_end - block.sequence_begin);
    for (int64_t i = 0; i < wanted; ++i) {
      chunks[count++] = {block.sequence_begin, block.sequence_end, static_cast<int32_t>(i),
                         static_cast<int32_t>(wanted)};
    }
  }
  return count;
}

float* partial(const AttentionGradArgs& a, const Scratch& s, int64_t chunk) {
  return s.partials + (chunk - 1) * a.rows * a.heads * a.head_dim;
}

void run_chunk(const AttentionGradArgs& a, const Scratch& s, const Chunk& chunk, int64_t kv_head,
               const BackwardTile& tile) {
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const int64_t group = a.heads / a.kv_heads;
  const int64_t k_at = (a.heads + kv_head) * a.head_dim, v_at = k_at + a.kv_heads * a.head_dim;
  GradientBlock t;
  t.q = a.qkv;
  t.k = a.qkv + k_at;
  t.v = a.qkv + v_at;
  t.dout = a.dout;
  t.lse = a.lse;
  t.dots = s.dots;
  t.dq = chunk.index == 0 ? a.dqkv : partial(a, s, chunk.index);
  t.dk = a.dqkv + k_at;
  t.dv = a.dqkv + v_at;
  t.q_stride = t.kv_stride = t.dkv_stride = width;
  t.dq_stride = chunk.index == 0 ? width : a.heads * a.head_dim;
  t.heads = a.heads;
  t.head_dim = a.head_dim;
  t.head_begin = kv_head * group;
  t.head_end = (kv_head + 1) * group;
  t.query_begin = chunk.sequence_begin;
  t.query_end = chunk.sequence_end;
  t.visible = a.causal ? 0 : kSeesAll;
  t.scale = a.scale;
  t.first = true;
  t.add_dkv = false;
  for (int64_t begin = chunk.sequence_begin + chunk.index * kTile; begin < chunk.sequence_end;
       begin += chunk.count * kTile) {
    t.key_begin = begin;
    t.key_end = std::min<int64_t>(begin + kTile, chunk.sequence_end);
    HWY_DYNAMIC_DISPATCH(key_block_gradient)(t, tile);
    t.first = false;
  }
}

// dq of one block of queries: adds the partials of the chunks that wrote it.
void add_partials(const AttentionGradArgs& a, const Scratch& s, const Block& block) {
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const int64_t q_width = a.heads * a.head_dim;
  const int64_t chunks = chunks_of(a, block.sequence_end - block.sequence_begin);
  const int64_t index = (block.begin - block.sequence_begin) / kTile;
  for (int64_t chunk = 1; chunk < chunks && (!a.causal || chunk <= index); ++chunk) {
    HWY_DYNAMIC_DISPATCH(add_rows)
    (partial(a, s, chunk) + block.begin * q_width, q_width, block.end - block.begin, q_width, true,
     a.dqkv + block.begin * width, width);
  }
}

Status attention_grad(const AttentionGradArgs& a, const Launch& launch) {
  device::WorkerPool& pool = launch.stream.pool();
  const Scratch s(launch.scratch.data(), a);
  const int64_t valid = a.cu_seqlens[a.rows];
  const int64_t block_count = cut_into_blocks(a.cu_seqlens, a.rows, s.blocks);
  const int64_t chunk_count = cut_into_chunks(a, s.blocks, block_count, s.chunks);
  pool.run_chunks(valid, kRowsPerTask, [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(output_dots)(a.dout, a.out, a.heads, a.head_dim, begin, end, s.dots);
  });
  std::byte* tiles = launch.scratch.data() + s.shared_bytes;
  pool.run(chunk_count * a.kv_heads, [&](int64_t task, int worker) {
    ScratchCursor mine(tiles + static_cast<size_t>(worker) * backward_tile_bytes(a.head_dim));
    const BackwardTile tile(mine, a.head_dim);
    run_chunk(a, s, s.chunks[task / a.kv_heads], task % a.kv_heads, tile);
  });
  if (chunks_of(a, a.rows) > 1) {
    pool.run(block_count, [&](int64_t block, int) { add_partials(a, s, s.blocks[block]); });
  }
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  std::fill_n(a.dqkv + valid * width, (a.rows - valid) * width, 0.0f);
  return {};
}

}  // namespace

constinit const Kernel<AttentionGradArgs> kAttentionGradCpu = {
    "attention_grad:cpu", accept_any<AttentionGradArgs>, scratch_bytes, attention_grad};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
