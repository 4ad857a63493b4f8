// SPDX-License-Identifier: Apache-2.0
// Rotary positions and the norm of q and k heads, vectorised, threaded over rows.
#include "kernels/ops/rope.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/cpu/rows/row_blocks.h"
#include "runtime/device/cpu/worker_pool.h"
#include "runtime/device/memory.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/rows/rope.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/rows/sincos-inl.h"
#include "kernels/cpu/vector/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

// Rotates the q and k heads of rows [begin, end). The angles of a row serve all its heads: they are
// made once, into cosine and sine (padded to whole vectors).
void rope_rows(const RopeArgs& a, const double* frequencies, float* cosine, float* sine,
               int64_t begin, int64_t end) {
  const int64_t half = a.head_dim / 2;
  const int64_t normed = a.heads + a.kv_heads;
  const int64_t width = (normed + a.kv_heads) * a.head_dim;
  for (int64_t row = begin; row < end; ++row) {
    fill_sincos(static_cast<double>(a.positions[row]), frequencies, half, a.inverse, cosine, sine);
    for (int64_t head = 0; head < normed; ++head) {
      const float* x = a.x + row * width + head * a.head_dim;
      float* y = a.y + row * width + head * a.head_dim;
      each_vector(half, [&](int64_t i, auto at) HWY_ATTR {
        const FloatVec lower = at.load(x + i), upper = at.load(x + half + i);
        const FloatVec c = at.load(cosine + i), s = at.load(sine + i);
        at.store(hn::NegMulAdd(upper, s, hn::Mul(lower, c)), y + i);
        at.store(hn::MulAdd(lower, s, hn::Mul(upper, c)), y + half + i);
      });
    }
    if (a.x != a.y) {
      const int64_t v_at = row * width + normed * a.head_dim;
      std::memcpy(a.y + v_at, a.x + v_at, static_cast<size_t>(a.kv_heads * a.head_dim) * 4);
    }
  }
}

void head_norm_rows(const HeadNormArgs& a, int64_t begin, int64_t end) {
  const FloatTag d;
  const int64_t normed = a.heads + a.kv_heads;
  const int64_t width = (normed + a.kv_heads) * a.head_dim;
  const float over_dim = 1.0f / static_cast<float>(a.head_dim);
  for (int64_t row = begin; row < end; ++row) {
    for (int64_t head = 0; head < normed; ++head) {
      const float* x = a.x + row * width + head * a.head_dim;
      float* y = a.y + row * width + head * a.head_dim;
      const float* weight = head < a.heads ? a.q_weight : a.k_weight;
      const float squares = sum_vectors(a.head_dim, [&](int64_t i, auto at, FloatVec sum) HWY_ATTR {
        const FloatVec v = at.load(x + i);
        return hn::MulAdd(v, v, sum);
      });
      const float rstd = 1.0f / std::sqrt(squares * over_dim + a.eps);
      const FloatVec scale = hn::Set(d, rstd);
      each_vector(a.head_dim, [&](int64_t i, auto at) HWY_ATTR {
        at.store(hn::Mul(hn::Mul(at.load(x + i), scale), at.load(weight + i)), y + i);
      });
      a.rstd[row * normed + head] = rstd;
    }
    const int64_t v_at = row * width + normed * a.head_dim;
    std::memcpy(a.y + v_at, a.x + v_at, static_cast<size_t>(a.kv_heads * a.head_dim) * 4);
  }
}

// Rows [begin, end) of dx, and their part of the weight gradients added to dq_weight and dk_weight.
// dx may overwrite dy: a head is read whole before it is written.
void head_norm_grad_rows(const HeadNormGradArgs& a, int64_t begin, int64_t end, float* dq_weight,
                         float* dk_weight) {
  const FloatTag d;
  const int64_t normed = a.heads + a.kv_heads;
  const int64_t width = (normed + a.kv_heads) * a.head_dim;
  const float over_dim = 1.0f / static_cast<float>(a.head_dim);
  for (int64_t row = begin; row < end; ++row) {
    for (int64_t head = 0; head < normed; ++head) {
      const int64_t at_head = row * width + head * a.head_dim;
      const float* x = a.x + at_head;
      const float* dy = a.dy + at_head;
      float* dx = a.dx + at_head;
      const float* weight = head < a.heads ? a.q_weight : a.k_weight;
      float* dweight = head < a.heads ? dq_weight : dk_weight;
      const FloatVec rstd = hn::Set(d, a.rstd[row * normed + head]);
      FloatVec sum_gx = hn::Zero(d);
      each_vector(a.head_dim, [&](int64_t i, auto at) HWY_ATTR {
        const FloatVec product = hn::Mul(at.load(dy + i), hn::Mul(at.load(x + i), rstd));
        sum_gx = hn::MulAdd(product, at.load(weight + i), sum_gx);
        at.store(hn::Add(at.load(dweight + i), product), dweight + i);
      });
      const FloatVec mean_gx = hn::Set(d, sum_lanes(sum_gx) * over_dim);
      each_vector(a.head_dim, [&](int64_t i, auto at) HWY_ATTR {
        const FloatVec xhat = hn::Mul(at.load(x + i), rstd);
        const FloatVec g = hn::Mul(at.load(dy + i), at.load(weight + i));
        at.store(hn::Mul(rstd, hn::NegMulAdd(xhat, mean_gx, g)), dx + i);
      });
    }
    const int64_t v_at = row * width + normed * a.head_dim;
    if (a.dx != a.dy) {
      std::memcpy(a.dx + v_at, a.dy + v_at, static_cast<size_t>(a.kv_heads * a.head_dim) * 4);
    }
  }
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {
namespace {

HWY_EXPORT(rope_rows);
HWY_EXPORT(head_norm_rows);
HWY_EXPORT(head_norm_grad_rows);

constexpr int64_t kRowsPerTask = 8;

Verdict even_head(const RopeArgs& a, const DeviceCaps&) {
  if (a.head_dim % 2 == 0) return Verdict::yes();
  return Verdict::no("needs an even head_dim, got " + std::to_string(a.head_dim));
}

// Entries of a table of head_dim / 2 angles, with room for one vector too many.
int64_t table_entries(const RopeArgs& a) {
  return (a.head_dim / 2 + HWY_MAX_BYTES / 4 + 15) / 16 * 16;
}

// Scratch: frequencies (double), then [cosine | sine] of each worker.
size_t rope_scratch(const RopeArgs& a, const DeviceCaps& caps) {
  return static_cast<size_t>(table_entries(a)) *
         (sizeof(double) + static_cast<size_t>(caps.threads) * 2 * sizeof(float));
}

Status rope(const RopeArgs& a, const Launch& launch) {
  const int64_t entries = table_entries(a);
  double* frequencies = reinterpret_cast<double*>(launch.scratch.data());
  float* tables = reinterpret_cast<float*>(frequencies + entries);
  std::fill_n(frequencies, entries, 0.0);
  for (int64_t i = 0; i < a.head_dim / 2; ++i) {
    frequencies[i] =
        std::pow(a.theta, -2.0 * static_cast<double>(i) / static_cast<double>(a.head_dim));
  }
  launch.stream.pool().run_chunks(a.rows, kRowsPerTask,
                                  [&](int64_t begin, int64_t end, int worker) {
                                    float* cosine = tables + worker * 2 * entries;
                                    HWY_DYNAMIC_DISPATCH(rope_rows)
                                    (a, frequencies, cosine, cosine + entries, begin, end);
                                  });
  return {};
}

Status head_norm(const HeadNormArgs& a, const Launch& launch) {
  launch.stream.pool().run_chunks(a.rows, kRowsPerTask, [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(head_norm_rows)(a, begin, end);
  });
  return {};
}

// Scratch: [dq_weight | dk_weight] of each row block.
size_t head_norm_grad_scratch(const HeadNormGradArgs& a, const DeviceCaps&) {
  return static_cast<size_t>(RowBlocks(a.rows).count * 2 * a.head_dim) * sizeof(float);
}

// Sums column i of the blocks' partials in block order.
void reduce(const RowBlocks& blocks, const float* partials, int64_t head_dim, bool accumulate,
            float* target) {
  if (target == nullptr) return;
  for (int64_t i = 0; i < head_dim; ++i) {
    float sum = 0;
    for (int64_t block = 0; block < blocks.count; ++block)
      sum += partials[block * 2 * head_dim + i];
    target[i] = accumulate ? target[i] + sum : sum;
  }
}

Status head_norm_grad(const HeadNormGradArgs& a, const Launch& launch) {
  const RowBlocks blocks(a.rows);
  float* partials = reinterpret_cast<float*>(launch.scratch.data());
  launch.stream.pool().run(blocks.count, [&](int64_t block, int) {
    float* mine = partials + block * 2 * a.head_dim;
    std::fill_n(mine, 2 * a.head_dim, 0.0f);
    HWY_DYNAMIC_DISPATCH(head_norm_grad_rows)
    (a, blocks.begin(block), blocks.end(block), mine, mine + a.head_dim);
  });
  reduce(blocks, partials, a.head_dim, a.accumulate_dq_weight, a.dq_weight);
  reduce(blocks, partials + a.head_dim, a.head_dim, a.accumulate_dk_weight, a.dk_weight);
  return {};
}

}  // namespace

constinit const Kernel<RopeArgs> kRopeCpu = {"rope:cpu", even_head, rope_scratch, rope};
constinit const Kernel<HeadNormArgs> kHeadNormCpu = {"head_norm:cpu", accept_any<HeadNormArgs>,
                                                     no_scratch<HeadNormArgs>, head_norm};
constinit const Kernel<HeadNormGradArgs> kHeadNormGradCpu = {
    "head_norm_grad:cpu", accept_any<HeadNormGradArgs>, head_norm_grad_scratch, head_norm_grad};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
