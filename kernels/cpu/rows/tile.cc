// SPDX-License-Identifier: Apache-2.0
// tile and fold, vectorised, threaded over rows. The wide rows are walked as one stream; the narrow
// row stays in the cache.
#include "kernels/ops/tile.h"

#include <algorithm>

#include "runtime/device/cpu/worker_pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/rows/tile.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/vector/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

// out = scale * in; in place where they are the same.
void scaled_copy(const float* in, int64_t count, float scale, float* out) {
  const FloatVec factor = hn::Set(FloatTag(), scale);
  each_vector(count, [&](int64_t i, auto at)
                         HWY_ATTR { at.store(hn::Mul(at.load(in + i), factor), out + i); });
}

// out = scale * (out + in).
void scaled_sum(const float* in, int64_t count, float scale, float* out) {
  const FloatVec factor = hn::Set(FloatTag(), scale);
  each_vector(count, [&](int64_t i, auto at) HWY_ATTR {
    at.store(hn::Mul(hn::Add(at.load(out + i), at.load(in + i)), factor), out + i);
  });
}

// The columns [0, rest) have one copy more than the others; whole copies come first.
void tile_rows(const TileArgs& a, int64_t begin, int64_t end) {
  const int64_t whole = a.wide / a.narrow, rest = a.wide % a.narrow;
  const float more = a.mean ? 1.0f / static_cast<float>(whole + 1) : 1.0f;
  const float fewer = a.mean ? 1.0f / static_cast<float>(whole) : 1.0f;
  for (int64_t row = begin; row < end; ++row) {
    const float* x = a.x + row * a.narrow;
    float* y = a.y + row * a.wide;
    for (int64_t copy = 0; copy < whole; ++copy, y += a.narrow) {
      scaled_copy(x, rest, more, y);
      scaled_copy(x + rest, a.narrow - rest, fewer, y + rest);
    }
    scaled_copy(x, rest, more, y);
  }
}

void fold_rows(const FoldArgs& a, int64_t begin, int64_t end) {
  const int64_t whole = a.wide / a.narrow, rest = a.wide % a.narrow;
  const float more = a.mean ? 1.0f / static_cast<float>(whole + 1) : 1.0f;
  const float fewer = a.mean ? 1.0f / static_cast<float>(whole) : 1.0f;
  for (int64_t row = begin; row < end; ++row) {
    const float* y = a.y + row * a.wide;
    float* x = a.x + row * a.narrow;
    scaled_copy(y, rest, 1.0f, x);
    scaled_copy(y + rest, a.narrow - rest, whole == 1 ? fewer : 1.0f, x + rest);
    for (int64_t copy = 1; copy < whole; ++copy) {
      y += a.narrow;
      scaled_sum(y, rest, 1.0f, x);
      scaled_sum(y + rest, a.narrow - rest, copy + 1 == whole ? fewer : 1.0f, x + rest);
    }
    scaled_sum(y + a.narrow, rest, more, x);
  }
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {
namespace {

HWY_EXPORT(tile_rows);
HWY_EXPORT(fold_rows);

constexpr int64_t kElementsPerTask = 8192;

int64_t rows_per_task(int64_t wide) { return std::max<int64_t>(1, kElementsPerTask / wide); }

Status tile(const TileArgs& a, const Launch& launch) {
  launch.stream.pool().run_chunks(a.rows, rows_per_task(a.wide),
                                  [&](int64_t begin, int64_t end, int) {
                                    HWY_DYNAMIC_DISPATCH(tile_rows)(a, begin, end);
                                  });
  return Status::ok();
}

Status fold(const FoldArgs& a, const Launch& launch) {
  launch.stream.pool().run_chunks(a.rows, rows_per_task(a.wide),
                                  [&](int64_t begin, int64_t end, int) {
                                    HWY_DYNAMIC_DISPATCH(fold_rows)(a, begin, end);
                                  });
  return Status::ok();
}

}  // namespace

constinit const Kernel<TileArgs> kTileCpu = {"tile:cpu", accept_any<TileArgs>, no_scratch<TileArgs>,
                                             tile};
constinit const Kernel<FoldArgs> kFoldCpu = {"fold:cpu", accept_any<FoldArgs>, no_scratch<FoldArgs>,
                                             fold};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
