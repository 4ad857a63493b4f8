// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/gemm_packed.h"

#include <algorithm>

#include "runtime/base/assert.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm_packed.cc"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "kernels/cpu/gemm_micro-inl.h"
#include "kernels/cpu/gemm_pack-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// How a shape is cut. The smaller operand is packed whole for one span of the inner dimension and
// shared; tasks cut the other one, each packing its own part into its worker's buffer.
struct Cut {
  static constexpr int64_t kSharedFloatsMax = 2 << 20;  // 8 MiB
  static constexpr int64_t kStripsPerTask = 4;          // two cache lines of a transposed A

  Cut(int64_t m, int64_t n, int64_t k)
      : strips(ceil_div(m, kRows)), panels(ceil_div(n, kColumns)), share_a(m <= n) {
    // Equal steps, so that no short last one pays for a pass over C.
    inner = std::max<int64_t>(1, ceil_div(k, ceil_div(std::max<int64_t>(k, 1), kInner)));
    steps = ceil_div(k, inner);
    const int64_t step_floats = share_a ? strips * strip_floats() : panels * panel_floats();
    steps_per_span =
        std::clamp<int64_t>(kSharedFloatsMax / step_floats, 1, std::max<int64_t>(1, steps));
    shared_floats = steps_per_span * step_floats;
    private_floats = share_a ? panel_floats() : kStripsPerTask * strip_floats();
    tasks = share_a ? panels : ceil_div(strips, kStripsPerTask);
  }
  static constexpr int64_t strip_floats() { return kRows * kStripStride; }
  static constexpr int64_t panel_floats() { return kInner * kColumns; }

  int64_t strips, panels;
  bool share_a;
  int64_t inner, steps;    // the inner dimension goes in steps of `inner`
  int64_t steps_per_span;  // packed at a time
  int64_t shared_floats, private_floats;
  int64_t tasks;
};

// One product while it runs.
struct Product {
  const GemmCall& call;
  const float* bias;
  Cut cut;
  float* shared;
  float* privates;

  int64_t inner_of(int64_t step) const { return std::min(cut.inner, call.k - step * cut.inner); }

  void pack_strip(int64_t strip, int64_t step, float* to) const {
    const int64_t row = strip * kRows, rows = std::min(kRows, call.m - row), k = step * cut.inner;
    if (call.a_transposed) {
      pack_by_inner<kRows>(call.a + k * call.a_stride + row, call.a_stride, rows, inner_of(step),
                           to);
    } else {
      pack_strip_by_row(call.a + row * call.a_stride + k, call.a_stride, rows, inner_of(step), to);
    }
  }
  void pack_panel(int64_t panel, int64_t step, float* to) const {
    const int64_t column = panel * kColumns, columns = std::min(kColumns, call.n - column);
    const int64_t k = step * cut.inner;
    if (call.b_transposed) {
      pack_panel_transposed(call.b + column * call.b_stride + k, call.b_stride, columns,
                            inner_of(step), to);
    } else {
      pack_by_inner<kColumns>(call.b + k * call.b_stride + column, call.b_stride, columns,
                              inner_of(step), to);
    }
  }
  void multiply_block(int64_t strip, int64_t panel, int64_t step, const float* a,
                      const float* b) const {
    const int64_t row = strip * kRows, column = panel * kColumns;
    const Target target = {call.c + row * call.c_stride + column,
                           call.c_stride,
                           std::min(kRows, call.m - row),
                           std::min(kColumns, call.n - column),
                           bias == nullptr ? nullptr : bias + column,
                           step > 0 || call.beta != 0.0f};
    if (call.a_transposed) {
      block<Strip::kByInner>(inner_of(step), a, b, target);
    } else {
      block<Strip::kByRow>(inner_of(step), a, b, target);
    }
  }

  // Packs one shared strip or panel for all steps of a span.
  void pack_shared(int64_t index, int64_t first_step, int64_t steps) const {
    const int64_t count = cut.share_a ? cut.strips : cut.panels;
    const int64_t floats = cut.share_a ? Cut::strip_floats() : Cut::panel_floats();
    for (int64_t i = 0; i < steps; ++i) {
      float* to = shared + (i * count + index) * floats;
      cut.share_a ? pack_strip(index, first_step + i, to) : pack_panel(index, first_step + i, to);
    }
  }
  // A task that owns one panel of columns, for all rows.
  void multiply_panel(int64_t panel, int64_t first_step, int64_t steps, int worker) const {
    float* b = privates + worker * cut.private_floats;
    for (int64_t i = 0; i < steps; ++i) {
      pack_panel(panel, first_step + i, b);
      for (int64_t strip = 0; strip < cut.strips; ++strip) {
        const float* a = shared + (i * cut.strips + strip) * Cut::strip_floats();
        multiply_block(strip, panel, first_step + i, a, b);
      }
    }
  }
  // A task that owns some strips of rows, for all columns.
  void multiply_strips(int64_t task, int64_t first_step, int64_t steps, int worker) const {
    float* a = privates + worker * cut.private_floats;
    const int64_t begin = task * Cut::kStripsPerTask;
    const int64_t end = std::min(begin + Cut::kStripsPerTask, cut.strips);
    for (int64_t i = 0; i < steps; ++i) {
      for (int64_t strip = begin; strip < end; ++strip) {
        pack_strip(strip, first_step + i, a + (strip - begin) * Cut::strip_floats());
      }
      for (int64_t panel = 0; panel < cut.panels; ++panel) {
        const float* b = shared + (i * cut.panels + panel) * Cut::panel_floats();
        for (int64_t strip = begin; strip < end; ++strip) {
          multiply_block(strip, panel, first_step + i, a + (strip - begin) * Cut::strip_floats(),
                         b);
        }
      }
    }
  }
};

size_t scratch_floats(int64_t m, int64_t n, int64_t k, int threads) {
  const Cut cut(m, n, k);
  return static_cast<size_t>(cut.shared_floats + threads * cut.private_floats);
}

void multiply_all(device::WorkerPool& pool, const GemmCall& call, const float* bias,
                  float* scratch) {
  const Cut cut(call.m, call.n, call.k);
  const Product product{call, bias, cut, scratch, scratch + cut.shared_floats};
  for (int64_t step = 0; step < cut.steps; step += cut.steps_per_span) {
    const int64_t steps = std::min(cut.steps_per_span, cut.steps - step);
    pool.run(cut.share_a ? cut.strips : cut.panels,
             [&](int64_t index, int) { product.pack_shared(index, step, steps); });
    pool.run(cut.tasks, [&](int64_t task, int worker) {
      if (cut.share_a) {
        product.multiply_panel(task, step, steps, worker);
      } else {
        product.multiply_strips(task, step, steps, worker);
      }
    });
  }
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {

HWY_EXPORT(scratch_floats);
HWY_EXPORT(multiply_all);

size_t packed_gemm_scratch_bytes(int64_t m, int64_t n, int64_t k, int threads) {
  return HWY_DYNAMIC_DISPATCH(scratch_floats)(m, n, k, threads) * sizeof(float);
}

void packed_gemm(device::WorkerPool& pool, const GemmCall& call, const float* bias,
                 std::span<std::byte> scratch) {
  RADDLE_ASSERT(call.beta == 0.0f || call.beta == 1.0f);
  RADDLE_ASSERT(call.m > 0 && call.n > 0 && call.k > 0);
  RADDLE_ASSERT(scratch.size() >=
                packed_gemm_scratch_bytes(call.m, call.n, call.k, pool.threads()));
  HWY_DYNAMIC_DISPATCH(multiply_all)(pool, call, bias, reinterpret_cast<float*>(scratch.data()));
}

}  // namespace raddle::kernels
#endif
