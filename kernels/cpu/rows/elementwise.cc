// SPDX-License-Identifier: Apache-2.0
// Pointwise operations, vectorised, threaded over elements or rows.
#include "kernels/ops/elementwise.h"

#include <algorithm>

#include "runtime/device/cpu/worker_pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/rows/elementwise.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/vector/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

constexpr float kTwoRootTwoOverPi = 1.59576912160573071176f;
constexpr float kCubic = 0.044715f;

// (1 + tanh(u)) / 2 = sigmoid(2u). Beyond |x| = 30 it is 0 or 1 exactly; the clamp keeps x^3
// finite.
struct GeluGate {
  Sigmoid gate;
  FloatVec slope;  // d(2u)/dx
};
HWY_INLINE GeluGate gelu_gate(FloatVec x) {
  const FloatTag d;
  const FloatVec limit = hn::Set(d, 30.0f);
  const FloatVec c = hn::Min(hn::Max(x, hn::Neg(limit)), limit);
  const FloatVec two_root = hn::Set(d, kTwoRootTwoOverPi);
  const FloatVec square = hn::Mul(c, c);
  const FloatVec factor = hn::MulAdd(square, hn::Set(d, kTwoRootTwoOverPi * kCubic), two_root);
  const FloatVec slope = hn::MulAdd(square, hn::Set(d, 3 * kTwoRootTwoOverPi * kCubic), two_root);
  return {sigmoid(hn::Mul(c, factor)), slope};
}

void gelu_range(const GeluArgs& a, int64_t begin, int64_t end) {
  const float* x = a.x + begin;
  float* y = a.y + begin;
  each_vector(end - begin, [&](int64_t i, auto at) HWY_ATTR {
    const FloatVec v = at.load(x + i);
    at.store(hn::Mul(v, gelu_gate(v).gate.value), y + i);
  });
}

void gelu_grad_range(const GeluGradArgs& a, int64_t begin, int64_t end) {
  const float* x = a.x + begin;
  const float* dy = a.dy + begin;
  float* dx = a.dx + begin;
  each_vector(end - begin, [&](int64_t i, auto at) HWY_ATTR {
    const FloatVec v = at.load(x + i);
    const GeluGate g = gelu_gate(v);
    const FloatVec steep = hn::Mul(hn::Mul(v, g.slope), hn::Mul(g.gate.value, g.gate.complement));
    at.store(hn::Mul(at.load(dy + i), hn::Add(g.gate.value, steep)), dx + i);
  });
}

// Columns [begin, end) of one row.
void swiglu_range(const SwigluArgs& a, int64_t row, int64_t begin, int64_t end) {
  const float* gate = a.x + row * 2 * a.width + begin;
  const float* up = gate + a.width;
  float* y = a.y + row * a.width + begin;
  each_vector(end - begin, [&](int64_t i, auto at) HWY_ATTR {
    const FloatVec g = at.load(gate + i);
    at.store(hn::Mul(hn::Mul(g, sigmoid(g).value), at.load(up + i)), y + i);
  });
}

void swiglu_grad_range(const SwigluGradArgs& a, int64_t row, int64_t begin, int64_t end) {
  const float* gate = a.x + row * 2 * a.width + begin;
  const float* up = gate + a.width;
  const float* dy = a.dy + row * a.width + begin;
  float* dgate = a.dx + row * 2 * a.width + begin;
  float* dup = dgate + a.width;
  const FloatVec one = hn::Set(FloatTag(), 1.0f);
  each_vector(end - begin, [&](int64_t i, auto at) HWY_ATTR {
    const FloatVec g = at.load(gate + i), u = at.load(up + i), v = at.load(dy + i);
    const Sigmoid s = sigmoid(g);
    const FloatVec slope = hn::Mul(s.value, hn::MulAdd(g, s.complement, one));
    at.store(hn::Mul(hn::Mul(v, u), slope), dgate + i);
    at.store(hn::Mul(v, hn::Mul(g, s.value)), dup + i);
  });
}

void geglu_range(const GegluArgs& a, int64_t row, int64_t begin, int64_t end) {
  const float* gate = a.x + row * 2 * a.width + begin;
  const float* up = gate + a.width;
  float* y = a.y + row * a.width + begin;
  each_vector(end - begin, [&](int64_t i, auto at) HWY_ATTR {
    const FloatVec g = at.load(gate + i);
    at.store(hn::Mul(hn::Mul(g, gelu_gate(g).gate.value), at.load(up + i)), y + i);
  });
}

void geglu_grad_range(const GegluGradArgs& a, int64_t row, int64_t begin, int64_t end) {
  const float* gate = a.x + row * 2 * a.width + begin;
  const float* up = gate + a.width;
  const float* dy = a.dy + row * a.width + begin;
  float* dgate = a.dx + row * 2 * a.width + begin;
  float* dup = dgate + a.width;
  each_vector(end - begin, [&](int64_t i, auto at) HWY_ATTR {
    const FloatVec g = at.load(gate + i), u = at.load(up + i), v = at.load(dy + i);
    const GeluGate s = gelu_gate(g);
    const FloatVec steep = hn::Mul(hn::Mul(g, s.slope), hn::Mul(s.gate.value, s.gate.complement));
    at.store(hn::Mul(hn::Mul(v, u), hn::Add(s.gate.value, steep)), dgate + i);
    at.store(hn::Mul(v, hn::Mul(g, s.gate.value)), dup + i);
  });
}

void add_range(const AddArgs& a, int64_t begin, int64_t end) {
  const float* first = a.a + begin;
  float* y = a.y + begin;
  const FloatVec scale = hn::Set(FloatTag(), a.scale);
  if (a.b == nullptr) {
    each_vector(end - begin, [&](int64_t i, auto at)
                                 HWY_ATTR { at.store(hn::Mul(at.load(first + i), scale), y + i); });
    return;
  }
  const float* second = a.b + begin;
  each_vector(end - begin, [&](int64_t i, auto at) HWY_ATTR {
    at.store(hn::MulAdd(at.load(second + i), scale, at.load(first + i)), y + i);
  });
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {
namespace {

HWY_EXPORT(gelu_range);
HWY_EXPORT(gelu_grad_range);
HWY_EXPORT(swiglu_range);
HWY_EXPORT(swiglu_grad_range);
HWY_EXPORT(geglu_range);
HWY_EXPORT(geglu_grad_range);
HWY_EXPORT(add_range);

constexpr int64_t kElementsPerTask = 8192;  // 32 KiB of floats: a few microseconds

Status gelu(const GeluArgs& a, const Launch& launch) {
  launch.stream.pool().run_chunks(a.count, kElementsPerTask, [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(gelu_range)(a, begin, end);
  });
  return {};
}

Status gelu_grad(const GeluGradArgs& a, const Launch& launch) {
  launch.stream.pool().run_chunks(a.count, kElementsPerTask, [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(gelu_grad_range)(a, begin, end);
  });
  return {};
}

// Cuts (rows, width) into tasks of about kElementsPerTask, whole rows or pieces of one row, and
// calls body(row, begin, end) for each row piece.
template <class Body>
void run_row_pieces(device::WorkerPool& pool, int64_t rows, int64_t width, const Body& body) {
  if (width <= 0) return;
  const int64_t pieces = (width + kElementsPerTask - 1) / kElementsPerTask;
  const int64_t piece = (width + pieces - 1) / pieces;
  pool.run_chunks(rows * pieces, std::max<int64_t>(1, kElementsPerTask / piece),
                  [&](int64_t first, int64_t last, int) {
                    for (int64_t at = first; at < last; ++at) {
                      const int64_t begin = at % pieces * piece;
                      body(at / pieces, begin, std::min(width, begin + piece));
                    }
                  });
}

Status swiglu(const SwigluArgs& a, const Launch& launch) {
  run_row_pieces(launch.stream.pool(), a.rows, a.width,
                 [&](int64_t row, int64_t begin, int64_t end) {
                   HWY_DYNAMIC_DISPATCH(swiglu_range)(a, row, begin, end);
                 });
  return {};
}

Status swiglu_grad(const SwigluGradArgs& a, const Launch& launch) {
  run_row_pieces(launch.stream.pool(), a.rows, a.width,
                 [&](int64_t row, int64_t begin, int64_t end) {
                   HWY_DYNAMIC_DISPATCH(swiglu_grad_range)(a, row, begin, end);
                 });
  return {};
}

Status geglu(const GegluArgs& a, const Launch& launch) {
  run_row_pieces(launch.stream.pool(), a.rows, a.width,
                 [&](int64_t row, int64_t begin, int64_t end) {
                   HWY_DYNAMIC_DISPATCH(geglu_range)(a, row, begin, end);
                 });
  return {};
}

Status geglu_grad(const GegluGradArgs& a, const Launch& launch) {
  run_row_pieces(launch.stream.pool(), a.rows, a.width,
                 [&](int64_t row, int64_t begin, int64_t end) {
                   HWY_DYNAMIC_DISPATCH(geglu_grad_range)(a, row, begin, end);
                 });
  return {};
}

Status add(const AddArgs& a, const Launch& launch) {
  launch.stream.pool().run_chunks(a.count, kElementsPerTask, [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(add_range)(a, begin, end);
  });
  return {};
}

// Copies need no vector code of ours.
Status concat(const ConcatArgs& a, const Launch& launch) {
  const int64_t width = a.a_width + a.b_width;
  launch.stream.pool().run_chunks(
      a.rows, std::max<int64_t>(1, kElementsPerTask / std::max<int64_t>(1, width)),
      [&](int64_t begin, int64_t end, int) {
        for (int64_t row = begin; row < end; ++row) {
          std::copy_n(a.a + row * a.a_width, a.a_width, a.y + row * width);
          std::copy_n(a.b + row * a.b_width, a.b_width, a.y + row * width + a.a_width);
        }
      });
  return {};
}

Status split(const SplitArgs& a, const Launch& launch) {
  const int64_t width = a.a_width + a.b_width;
  launch.stream.pool().run_chunks(
      a.rows, std::max<int64_t>(1, kElementsPerTask / std::max<int64_t>(1, width)),
      [&](int64_t begin, int64_t end, int) {
        for (int64_t row = begin; row < end; ++row) {
          std::copy_n(a.y + row * width, a.a_width, a.a + row * a.a_width);
          std::copy_n(a.y + row * width + a.a_width, a.b_width, a.b + row * a.b_width);
        }
      });
  return {};
}

}  // namespace

constinit const Kernel<GeluArgs> kGeluCpu = {"gelu:cpu", accept_any<GeluArgs>, no_scratch<GeluArgs>,
                                             gelu};
constinit const Kernel<GeluGradArgs> kGeluGradCpu = {"gelu_grad:cpu", accept_any<GeluGradArgs>,
                                                     no_scratch<GeluGradArgs>, gelu_grad};
constinit const Kernel<SwigluArgs> kSwigluCpu = {"swiglu:cpu", accept_any<SwigluArgs>,
                                                 no_scratch<SwigluArgs>, swiglu};
constinit const Kernel<SwigluGradArgs> kSwigluGradCpu = {
    "swiglu_grad:cpu", accept_any<SwigluGradArgs>, no_scratch<SwigluGradArgs>, swiglu_grad};
constinit const Kernel<GegluArgs> kGegluCpu = {"geglu:cpu", accept_any<GegluArgs>,
                                               no_scratch<GegluArgs>, geglu};
constinit const Kernel<GegluGradArgs> kGegluGradCpu = {"geglu_grad:cpu", accept_any<GegluGradArgs>,
                                                       no_scratch<GegluGradArgs>, geglu_grad};
constinit const Kernel<AddArgs> kAddCpu = {"add:cpu", accept_any<AddArgs>, no_scratch<AddArgs>,
                                           add};
constinit const Kernel<ConcatArgs> kConcatCpu = {"concat:cpu", accept_any<ConcatArgs>,
                                                 no_scratch<ConcatArgs>, concat};
constinit const Kernel<SplitArgs> kSplitCpu = {"split:cpu", accept_any<SplitArgs>,
                                               no_scratch<SplitArgs>, split};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
