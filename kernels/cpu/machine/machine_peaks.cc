// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/machine/machine_peaks.h"

#include <algorithm>
#include <atomic>

#include "runtime/base/clock.h"
#include "runtime/device/memory.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/machine/machine_peaks.cc"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// `rounds` x 12 independent chains x lanes multiply-adds; returns how many floating-point
// operations that was. The sum goes to *sink, so that nothing is optimised away.
double fma_chains(int64_t rounds, float* sink) {
  const hn::ScalableTag<float> d;
  const auto x = hn::Set(d, 0.999f), y = hn::Set(d, 0.001f);
  // Chains start apart, or the compiler would compute equal ones once.
  const auto start = [&](float value) HWY_ATTR { return hn::Set(d, value); };
  auto a = start(1), b = start(2), c = start(3), e = start(4), f = start(5), g = start(6);
  auto h = start(7), i = start(8), j = start(9), k = start(10), l = start(11), m = start(12);
  for (int64_t round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, x, y);
    b = hn::MulAdd(b, x, y);
    c = hn::MulAdd(c, x, y);
    e = hn::MulAdd(e, x, y);
    f = hn::MulAdd(f, x, y);
    g = hn::MulAdd(g, x, y);
    h = hn::MulAdd(h, x, y);
    i = hn::MulAdd(i, x, y);
    j = hn::MulAdd(j, x, y);
    k = hn::MulAdd(k, x, y);
    l = hn::MulAdd(l, x, y);
    m = hn::MulAdd(m, x, y);
  }
  const auto low = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), hn::Add(f, g));
  const auto high = hn::Add(hn::Add(hn::Add(h, i), hn::Add(j, k)), hn::Add(l, m));
  *sink = hn::GetLane(hn::SumOfLanes(d, hn::Add(low, high)));
  return 2.0 * 12.0 * static_cast<double>(rounds) * static_cast<double>(hn::Lanes(d));
}

void triad(const float* b, const float* c, float s, int64_t count, float* a) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto by = hn::Set(d, s);
  for (int64_t i = 0; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::MulAdd(by, hn::LoadU(d, c + i), hn::LoadU(d, b + i)), d, a + i);
  }
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {

HWY_EXPORT(fma_chains);
HWY_EXPORT(triad);

double fma_peak_gflops(device::WorkerPool& pool, double milliseconds) {
  constexpr int64_t kRounds = 2000;  // some microseconds: short against the whole
  const int64_t length_ns = static_cast<int64_t>(milliseconds * 1e6);
  std::atomic<double> total{0.0};
  // Every worker runs for the same time, so a task claimed late would double it: each task reports
  // its own rate instead.
  pool.run(pool.threads(), [&](int64_t, int) {
    float sink = 0.0f;
    double flops = 0.0;
    const int64_t start = now_ns();
    int64_t now = start;
    while (now - start < length_ns) {
      flops += HWY_DYNAMIC_DISPATCH(fma_chains)(kRounds, &sink);
      now = now_ns();
    }
    const double rate = flops / static_cast<double>(now - start) + (sink == 12345.0f ? 1.0 : 0.0);
    for (double seen = total.load(); !total.compare_exchange_weak(seen, seen + rate);) {
    }
  });
  return total.load();
}

StatusOr<double> triad_gigabytes_per_second(device::WorkerPool& pool, int megabytes) {
  const int64_t count = (int64_t{megabytes} << 20) / static_cast<int64_t>(sizeof(float));
  RADDLE_ASSIGN_OR_RETURN(
      auto block, device::HostBuffer::allocate(static_cast<size_t>(count) * 3 * sizeof(float)));
  float* a = reinterpret_cast<float*>(block.data());
  float *b = a + count, *c = b + count;
  constexpr int64_t kGrain = 1 << 16;
  int64_t best_ns = 0;
  for (int pass = 0; pass < 5; ++pass) {
    const int64_t start = now_ns();
    pool.run_chunks(count, kGrain, [&](int64_t begin, int64_t end, int) {
      HWY_DYNAMIC_DISPATCH(triad)(b + begin, c + begin, 3.0f, end - begin, a + begin);
    });
    const int64_t took = now_ns() - start;
    if (pass > 0 && (best_ns == 0 || took < best_ns)) best_ns = took;  // the first faults pages in
  }
  return 12.0 * static_cast<double>(count) / static_cast<double>(best_ns);
}

}  // namespace raddle::kernels
#endif
