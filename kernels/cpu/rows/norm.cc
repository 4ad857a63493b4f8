// SPDX-License-Identifier: Apache-2.0
// Layer norm and RMS norm, vectorised, threaded over rows.
#include "kernels/ops/norm.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/rows/row_blocks.h"
#include "runtime/device/cpu/worker_pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/rows/norm.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/vector/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

float sum_of(const float* x, int64_t width) {
  return sum_vectors(width, [&](int64_t i, auto at, FloatVec sum)
                                HWY_ATTR { return hn::Add(sum, at.load(x + i)); });
}

float sum_of_squares(const float* x, int64_t width) {
  return sum_vectors(width, [&](int64_t i, auto at, FloatVec sum) HWY_ATTR {
    const FloatVec v = at.load(x + i);
    return hn::MulAdd(v, v, sum);
  });
}

float sum_of_squared_distances(const float* x, int64_t width, float mean) {
  const FloatTag d;
  const FloatVec center = hn::Set(d, mean);
  const int64_t whole = width - width % static_cast<int64_t>(hn::Lanes(d));
  float tail = 0;  // zeros behind the end are not at distance 0, so the last few go one by one
  for (int64_t i = whole; i < width; ++i) tail += (x[i] - mean) * (x[i] - mean);
  return tail + sum_vectors(whole, [&](int64_t i, auto at, FloatVec sum) HWY_ATTR {
           const FloatVec v = hn::Sub(at.load(x + i), center);
           return hn::MulAdd(v, v, sum);
         });
}

void layer_norm_rows(const LayerNormArgs& a, int64_t begin, int64_t end) {
  const FloatTag d;
  const float over_width = 1.0f / static_cast<float>(a.width);
  for (int64_t row = begin; row < end; ++row) {
    const float* x = a.x + row * a.width;
    float* y = a.y + row * a.width;
    const float mean = sum_of(x, a.width) * over_width;
    const float variance = sum_of_squared_distances(x, a.width, mean) * over_width;
    const float rstd = 1.0f / std::sqrt(variance + a.eps);
    const FloatVec center = hn::Set(d, mean), scale = hn::Set(d, rstd);
    each_vector(a.width, [&](int64_t i, auto at) HWY_ATTR {
      FloatVec v = hn::Mul(hn::Sub(at.load(x + i), center), scale);
      if (a.weight != nullptr) v = hn::Mul(v, at.load(a.weight + i));
      if (a.bias != nullptr) v = hn::Add(v, at.load(a.bias + i));
      at.store(v, y + i);
    });
    a.stats[2 * row] = mean;
    a.stats[2 * row + 1] = rstd;
  }
}

void rms_norm_rows(const RmsNormArgs& a, int64_t begin, int64_t end) {
  const float over_width = 1.0f / static_cast<float>(a.width);
  for (int64_t row = begin; row < end; ++row) {
    const float* x = a.x + row * a.width;
    float* y = a.y + row * a.width;
    const float rstd = 1.0f / std::sqrt(sum_of_squares(x, a.width) * over_width + a.eps);
    const FloatVec scale = hn::Set(FloatTag(), rstd);
    each_vector(a.width, [&](int64_t i, auto at) HWY_ATTR {
      FloatVec v = hn::Mul(at.load(x + i), scale);
      if (a.weight != nullptr) v = hn::Mul(v, at.load(a.weight + i));
      at.store(v, y + i);
    });
    a.rstd[row] = rstd;
  }
}

// Rows [begin, end) of dx, and their part of the weight gradients added to dweight and dbias (width
// floats each, null if not wanted). One pass over a row makes both sums and the partials, a second
// makes dx, which may overwrite dy.
void layer_norm_grad_rows(const LayerNormGradArgs& a, int64_t begin, int64_t end, float* dweight,
                          float* dbias) {
  const FloatTag d;
  const float over_width = 1.0f / static_cast<float>(a.width);
  for (int64_t row = begin; row < end; ++row) {
    const float* x = a.x + row * a.width;
    const float* dy = a.dy + row * a.width;
    float* dx = a.dx + row * a.width;
    const FloatVec mean = hn::Set(d, a.stats[2 * row]), rstd = hn::Set(d, a.stats[2 * row + 1]);
    FloatVec sum_g = hn::Zero(d), sum_gx = hn::Zero(d);
    each_vector(a.width, [&](int64_t i, auto at) HWY_ATTR {
      const FloatVec v = at.load(dy + i);
      const FloatVec xhat = hn::Mul(hn::Sub(at.load(x + i), mean), rstd);
      const FloatVec g = a.weight != nullptr ? hn::Mul(v, at.load(a.weight + i)) : v;
      sum_g = hn::Add(sum_g, g);
      sum_gx = hn::MulAdd(g, xhat, sum_gx);
      if (dweight != nullptr) at.store(hn::MulAdd(v, xhat, at.load(dweight + i)), dweight + i);
      if (dbias != nullptr) at.store(hn::Add(v, at.load(dbias + i)), dbias + i);
    });
    const FloatVec mean_g = hn::Set(d, sum_lanes(sum_g) * over_width);
    const FloatVec mean_gx = hn::Set(d, sum_lanes(sum_gx) * over_width);
    each_vector(a.width, [&](int64_t i, auto at) HWY_ATTR {
      const FloatVec v = at.load(dy + i);
      const FloatVec xhat = hn::Mul(hn::Sub(at.load(x + i), mean), rstd);
      const FloatVec g = a.weight != nullptr ? hn::Mul(v, at.load(a.weight + i)) : v;
      at.store(hn::Mul(rstd, hn::NegMulAdd(xhat, mean_gx, hn::Sub(g, mean_g))), dx + i);
    });
  }
}

void rms_norm_grad_rows(const RmsNormGradArgs& a, int64_t begin, int64_t end, float* dweight) {
  const FloatTag d;
  const float over_width = 1.0f / static_cast<float>(a.width);
  for (int64_t row = begin; row < end; ++row) {
    const float* x = a.x + row * a.width;
    const float* dy = a.dy + row * a.width;
    float* dx = a.dx + row * a.width;
    const FloatVec rstd = hn::Set(d, a.rstd[row]);
    FloatVec sum_gx = hn::Zero(d);
    each_vector(a.width, [&](int64_t i, auto at) HWY_ATTR {
      const FloatVec v = at.load(dy + i);
      const FloatVec xhat = hn::Mul(at.load(x + i), rstd);
      const FloatVec g = a.weight != nullptr ? hn::Mul(v, at.load(a.weight + i)) : v;
      sum_gx = hn::MulAdd(g, xhat, sum_gx);
      if (dweight != nullptr) at.store(hn::MulAdd(v, xhat, at.load(dweight + i)), dweight + i);
    });
    const FloatVec mean_gx = hn::Set(d, sum_lanes(sum_gx) * over_width);
    each_vector(a.width, [&](int64_t i, auto at) HWY_ATTR {
      const FloatVec v = at.load(dy + i);
      const FloatVec xhat = hn::Mul(at.load(x + i), rstd);
      const FloatVec g = a.weight != nullptr ? hn::Mul(v, at.load(a.weight + i)) : v;
      at.store(hn::Mul(rstd, hn::NegMulAdd(xhat, mean_gx, g)), dx + i);
    });
  }
}

// target (+)= the sum of `count` partials, `stride` floats apart, in their order.
void sum_partials(const float* partials, int64_t count, int64_t stride, int64_t width,
                  bool accumulate, float* target) {
  each_vector(width, [&](int64_t i, auto at) HWY_ATTR {
    FloatVec sum = at.load(partials + i);
    for (int64_t part = 1; part < count; ++part) {
      sum = hn::Add(sum, at.load(partials + part * stride + i));
    }
    if (accumulate) sum = hn::Add(sum, at.load(target + i));
    at.store(sum, target + i);
  });
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {
namespace {

HWY_EXPORT(layer_norm_rows);
HWY_EXPORT(layer_norm_grad_rows);
HWY_EXPORT(rms_norm_rows);
HWY_EXPORT(rms_norm_grad_rows);
HWY_EXPORT(sum_partials);

// Rows are claimed in pieces of about 16 KiB, so that small problems stay on one core.
int64_t rows_per_task(int64_t width) {
  return std::max<int64_t>(1, 4096 / std::max<int64_t>(1, width));
}

Status layer_norm(const LayerNormArgs& a, const Launch& launch) {
  launch.stream.pool().run_chunks(a.rows, rows_per_task(a.width),
                                  [&](int64_t begin, int64_t end, int) {
                                    HWY_DYNAMIC_DISPATCH(layer_norm_rows)(a, begin, end);
                                  });
  return {};
}

Status rms_norm(const RmsNormArgs& a, const Launch& launch) {
  launch.stream.pool().run_chunks(a.rows, rows_per_task(a.width),
                                  [&](int64_t begin, int64_t end, int) {
                                    HWY_DYNAMIC_DISPATCH(rms_norm_rows)(a, begin, end);
                                  });
  return {};
}

// Scratch: [dweight | dbias] of each row block.
size_t layer_norm_grad_scratch(const LayerNormGradArgs& a, const DeviceCaps&) {
  return static_cast<size_t>(RowBlocks(a.rows).count * 2 * a.width) * sizeof(float);
}
size_t rms_norm_grad_scratch(const RmsNormGradArgs& a, const DeviceCaps&) {
  return static_cast<size_t>(RowBlocks(a.rows).count * a.width) * sizeof(float);
}

// Sums the partials of one weight gradient, a few columns a task.
void reduce(device::WorkerPool& pool, const RowBlocks& blocks, const float* partials,
            int64_t stride, int64_t width, bool accumulate, float* target) {
  if (target == nullptr) return;
  if (blocks.count == 0) {
    if (!accumulate) std::fill_n(target, width, 0.0f);
    return;
  }
  pool.run_chunks(width, 512, [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(sum_partials)
    (partials + begin, blocks.count, stride, end - begin, accumulate, target + begin);
  });
}

Status layer_norm_grad(const LayerNormGradArgs& a, const Launch& launch) {
  const RowBlocks blocks(a.rows);
  float* partials = reinterpret_cast<float*>(launch.scratch.data());
  const int64_t stride = 2 * a.width;
  launch.stream.pool().run(blocks.count, [&](int64_t block, int) {
    float* mine = partials + block * stride;
    std::fill_n(mine, stride, 0.0f);
    HWY_DYNAMIC_DISPATCH(layer_norm_grad_rows)
    (a, blocks.begin(block), blocks.end(block), a.dweight != nullptr ? mine : nullptr,
     a.dbias != nullptr ? mine + a.width : nullptr);
  });
  reduce(launch.stream.pool(), blocks, partials, stride, a.width, a.accumulate_dweight, a.dweight);
  reduce(launch.stream.pool(), blocks, partials + a.width, stride, a.width, a.accumulate_dbias,
         a.dbias);
  return {};
}

Status rms_norm_grad(const RmsNormGradArgs& a, const Launch& launch) {
  const RowBlocks blocks(a.rows);
  float* partials = reinterpret_cast<float*>(launch.scratch.data());
  launch.stream.pool().run(blocks.count, [&](int64_t block, int) {
    float* mine = partials + block * a.width;
    std::fill_n(mine, a.width, 0.0f);
    HWY_DYNAMIC_DISPATCH(rms_norm_grad_rows)
    (a, blocks.begin(block), blocks.end(block), a.dweight != nullptr ? mine : nullptr);
  });
  reduce(launch.stream.pool(), blocks, partials, a.width, a.width, a.accumulate_dweight, a.dweight);
  return {};
}

}  // namespace

constinit const Kernel<LayerNormArgs> kLayerNormCpu = {"layer_norm:cpu", accept_any<LayerNormArgs>,
                                                       no_scratch<LayerNormArgs>, layer_norm};
constinit const Kernel<LayerNormGradArgs> kLayerNormGradCpu = {
    "layer_norm_grad:cpu", accept_any<LayerNormGradArgs>, layer_norm_grad_scratch, layer_norm_grad};
constinit const Kernel<RmsNormArgs> kRmsNormCpu = {"rms_norm:cpu", accept_any<RmsNormArgs>,
                                                   no_scratch<RmsNormArgs>, rms_norm};
constinit const Kernel<RmsNormGradArgs> kRmsNormGradCpu = {
    "rms_norm_grad:cpu", accept_any<RmsNormGradArgs>, rms_norm_grad_scratch, rms_norm_grad};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
