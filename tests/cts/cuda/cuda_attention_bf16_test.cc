// SPDX-License-Identifier: Apache-2.0
// Attention in BF16 against the FP32 reference on the same rounded inputs. The error of each
// element is bounded: weights and gradients of scores are rounded as operands, which changes a sum
// by up to 2^-8 of the sum of its terms' sizes, and the result is rounded once more, by up to 2^-8
// of itself.
#include "kernels/cuda/attention/attention_bf16.h"
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/attention_problems.h"

#define RADDLE_CUDA_DEVICE inline
#include "kernels/cuda/bf16_convert.h"

namespace raddle::test {
namespace {

using cuda::Bf16;
using BfFloats = std::vector<Bf16>;
constexpr double kRounding = 1.0 / 256, kLseTolerance = 1e-5;
// Of the float arithmetic in between, to both of the above.
constexpr double kFloatShare = 1.01;

BfFloats rounded(const Floats& values) {
  BfFloats result;
  for (const float value : values) result.push_back(cuda::to_bf16(value));
  return result;
}
Floats widened(const BfFloats& values) {
  Floats result;
  for (const Bf16 value : values) result.push_back(cuda::to_float(value));
  return result;
}

// The sizes of the terms that an element of a result is the sum of.
struct TermSizes {
  std::vector<double> out, dqkv;
};

double product(const float* a, const float* b, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

void add_sizes(double weight, const float* values, int64_t count, double* sizes) {
  for (int64_t i = 0; i < count; ++i) sizes[i] += std::abs(weight * double{values[i]});
}

// Adds what query and key of a head bring to out and to the three gradients.
void add_pair(const AttentionProblem& f, const Floats& dout, int64_t query, int64_t key,
              int64_t head, TermSizes& sizes) {
  const int64_t d = f.head_dim, kv_head = head / (f.heads / f.kv_heads);
  const int64_t q_at = query * f.width() + head * d;
  const int64_t k_at = key * f.width() + (f.heads + kv_head) * d, v_at = k_at + f.kv_heads * d;
  const int64_t out_at = (query * f.heads + head) * d;
  const float *q = &f.qkv[static_cast<size_t>(q_at)], *k = &f.qkv[static_cast<size_t>(k_at)],
              *v = &f.qkv[static_cast<size_t>(v_at)], *g = &dout[static_cast<size_t>(out_at)];
  const double p = std::exp(double{f.scale()} * product(q, k, d) -
                            double{f.lse[static_cast<size_t>(query * f.heads + head)]});
  const double ds = p * double{f.scale()} *
                    (product(g, v, d) - product(g, &f.out[static_cast<size_t>(out_at)], d));
  add_sizes(p, v, d, &sizes.out[static_cast<size_t>(out_at)]);
  add_sizes(ds, k, d, &sizes.dqkv[static_cast<size_t>(q_at)]);
  add_sizes(ds, q, d, &sizes.dqkv[static_cast<size_t>(k_at)]);
  add_sizes(p, g, d, &sizes.dqkv[static_cast<size_t>(v_at)]);
}

TermSizes term_sizes(const AttentionProblem& f, const Floats& dout) {
  TermSizes sizes = {std::vector<double>(f.out.size()), std::vector<double>(f.qkv.size())};
  int64_t first = 0;
  for (const int64_t length : f.lengths) {
    for (int64_t query = first; query < first + length; ++query) {
      for (int64_t key = first; key < (f.causal ? query + 1 : first + length); ++key) {
        for (int64_t head = 0; head < f.heads; ++head) add_pair(f, dout, query, key, head, sizes);
      }
    }
    first += length;
  }
  return sizes;
}

// How far an element is off at most, in units of what it may be off.
double worst_error(const BfFloats& actual, const Floats& expected,
                   const std::vector<double>& sizes) {
  double worst = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double value = double{cuda::to_float(actual[i])};
    const double off = std::abs(value - double{expected[i]});
    const double granted = kFloatShare * kRounding * (sizes[i] + std::abs(double{expected[i]}));
    if (std::isnan(off)) return off;
    if (off > 0) worst = std::max(worst, off / std::max(granted, 1e-6));
  }
  return worst;
}

struct Bf16Problem {
  AttentionGradProblem exact;  // inputs that BF16 holds
  BfFloats qkv, dout, out, dqkv;
  Floats lse;
  explicit Bf16Problem(const Case& c) : exact(c) {
    AttentionProblem& f = exact.forward;
    qkv = rounded(f.qkv);
    dout = rounded(exact.dout);
    f.qkv = widened(qkv);
    exact.dout = widened(dout);
    KernelRunner runner(1);
    EXPECT_TRUE(runner.run(*kernels::attention_kernels().back(), f.args()).is_ok());
    out = rounded(f.out);
    lse = f.lse;
    dqkv.resize(exact.dqkv.size(), Bf16{0x7fff});
  }
  kernels::AttentionBf16Args args(BfFloats& to, Floats& to_lse) {
    const AttentionProblem& f = exact.forward;
    return {qkv.data(), f.cu_seqlens.data(), to.data(),  to_lse.data(), f.rows,
            f.heads,    f.kv_heads,          f.head_dim, f.scale(),     f.causal};
  }
  kernels::AttentionGradBf16Args grad_args() {
    const AttentionProblem& f = exact.forward;
    return {dout.data(), qkv.data(), out.data(), lse.data(), f.cu_seqlens.data(), dqkv.data(),
            f.rows,      f.heads,    f.kv_heads, f.head_dim, f.scale(),           f.causal};
  }
};

std::vector<Case> bf16_cases() {
  return read_cases(RADDLE_SOURCE_DIR, "kernels/attention_bf16.cases");
}

TEST(AttentionBf16, AgreesWithTheReference) {
  ASSERT_TRUE(CudaRunner::get().is_ok());
  for (const Case& c : bf16_cases()) {
    SCOPED_TRACE(c.line());
    Bf16Problem problem(c);
    const AttentionProblem& f = problem.exact.forward;
    const TermSizes sizes = term_sizes(f, problem.exact.dout);
    Results first;
    for (int again = 0; again < 2; ++again) {
      BfFloats out(problem.out.size(), Bf16{0x7fff});
      Floats lse = unwritten(f.rows * f.heads);
      const Status status =
          CudaRunner::get().value()->run(kernels::kAttentionBf16Cuda, problem.args(out, lse));
      ASSERT_TRUE(status.is_ok()) << status.message();
      EXPECT_LE(worst_error(out, f.out, sizes.out), 1);
      EXPECT_LE(relative_error(lse, f.lse), kLseTolerance);
      if (again == 0) first = {widened(out), lse};
      EXPECT_TRUE(same_bits(first[0], widened(out)) && same_bits(first[1], lse));
    }
  }
}

TEST(AttentionBf16, GradientsAgreeWithTheReference) {
  ASSERT_TRUE(CudaRunner::get().is_ok());
  for (const Case& c : bf16_cases()) {
    SCOPED_TRACE(c.line());
    Bf16Problem problem(c);
    problem.exact.forward.out = widened(problem.out);
    KernelRunner runner(1);
    ASSERT_TRUE(
        runner.run(*kernels::attention_grad_kernels().back(), problem.exact.args()).is_ok());
    const TermSizes sizes = term_sizes(problem.exact.forward, problem.exact.dout);
    Floats first;
    for (int again = 0; again < 2; ++again) {
      std::fill(problem.dqkv.begin(), problem.dqkv.end(), Bf16{0x7fff});
      const Status status =
          CudaRunner::get().value()->run(kernels::kAttentionGradBf16Cuda, problem.grad_args());
      ASSERT_TRUE(status.is_ok()) << status.message();
      EXPECT_LE(worst_error(problem.dqkv, problem.exact.dqkv, sizes.dqkv), 1);
      if (again == 0) first = widened(problem.dqkv);
      EXPECT_TRUE(same_bits(first, widened(problem.dqkv)));
    }
  }
}

}  // namespace
}  // namespace raddle::test
