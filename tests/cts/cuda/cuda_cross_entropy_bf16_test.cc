// SPDX-License-Identifier: Apache-2.0
// Projection and cross-entropy in BF16 against the reference, which rounds nothing in between. The
// kernels round logits to BF16 and then their gradients, each by up to u = 2^-8 of itself. With u
// |z| off at each logit z the logarithm of the sum of exponentials is off by at most L = log sum p
// exp(u |z|), a loss by L + u |z of the target|, and a probability p by p (exp(u |z| + L) - 1); its
// gradient is that times the row's scale, and is rounded. dx and dW are off by at most the sums of
// these times the sizes of what they are multiplied by, dx by its own rounding as well.
#include "kernels/cuda/matrix/linear_cross_entropy.h"
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/linear_cross_entropy_problem.h"

namespace raddle::test {
namespace {

using Problem = LinearCrossEntropyProblemOf<Bf16>;
using Args = kernels::LinearCrossEntropyArgsOf<Bf16>;
using Doubles = std::vector<double>;
constexpr double kBf16Rounding = 1.0 / 256;
constexpr double kBf16FloatShare =
    1e-5;  // of the sizes of a sum's terms: float sums and exponentials

// What each element of a result may be off.
struct Bounds {
  Doubles loss, dx, dweight;
};

size_t at(int64_t row, int64_t stride, int64_t column = 0) {
  return static_cast<size_t>(row * stride + column);
}

// Of one row: the loss, and the gradient of each logit with what it may be off.
struct Row {
  double loss_off = 0;
  Doubles gradient, off;
};

Row row_of(const Problem& f, int64_t t) {
  Doubles z(static_cast<size_t>(f.vocab));
  for (int64_t v = 0; v < f.vocab; ++v) {
    for (int64_t i = 0; i < f.in; ++i) {
      z[at(v, 1)] += double{f.x[at(t, f.in, i)]} * double{f.weight[at(v, f.in, i)]};
    }
  }
  const double largest = *std::max_element(z.begin(), z.end());
  double sum = 0, sum_off = 0;
  for (const double one : z) {
    sum += std::exp(one - largest);
    sum_off += std::exp(one - largest + kBf16Rounding * std::abs(one));
  }
  const double log_off = std::log(sum_off / sum);
  const auto target = static_cast<size_t>(f.targets[at(t, 1)]);
  const double scale = double{f.coefficient} * double{f.scale} * double{f.weights[at(t, 1)]};
  Row row;
  row.loss_off =
      double{f.scale} * double{f.weights[at(t, 1)]} *
      (log_off + kBf16Rounding * std::abs(z[target]) + kBf16FloatShare * (1 + std::log(sum)));
  for (size_t v = 0; v < z.size(); ++v) {
    const double p = std::exp(z[v] - largest) / sum;
    const double g = std::abs(scale * (v == target ? p - 1 : p));
    const double before = scale * p * std::expm1(kBf16Rounding * std::abs(z[v]) + log_off);
    row.gradient.push_back(g);
    row.off.push_back(before + kBf16Rounding * (g + before) + kBf16FloatShare * (g + scale * p));
  }
  return row;
}

void add_row(const Problem& f, int64_t t, const Row& row, const Results& expected, Bounds& bounds) {
  bounds.loss[0] += row.loss_off;
  for (int64_t i = 0; i < f.in; ++i) {
    double off = 0;
    for (int64_t v = 0; v < f.vocab; ++v) {
      const double g_off = row.off[at(v, 1)] + kBf16FloatShare * row.gradient[at(v, 1)];
      off += g_off * std::abs(double{f.weight[at(v, f.in, i)]});
      bounds.dweight[at(v, f.in, i)] += g_off * std::abs(double{f.x[at(t, f.in, i)]});
    }
    const double value = std::abs(double{expected[1][at(t, f.in, i)]});
    bounds.dx[at(t, f.in, i)] =
        off + 2 * kBf16Rounding * (value + off);  // the reference rounds too
  }
}

Bounds bounds_of(const Problem& f, const Results& expected) {
  Bounds bounds = {Doubles(1), Doubles(f.dx.size()), Doubles(f.dweight.size())};
  for (int64_t t = 0; t < f.rows; ++t) {
    if (f.weights[at(t, 1)] != 0) add_row(f, t, row_of(f, t), expected, bounds);
  }
  return bounds;
}

// How far an element is off at most, in units of what it may be off. A NaN if any is.
double worst(const Floats& actual, const Floats& expected, const Doubles& bounds) {
  double result = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double off = std::abs(double{actual[i]} - double{expected[i]});
    if (std::isnan(off)) return off;
    if (off == 0) continue;
    result = std::max(result, off / (bounds[i] + 1e-6 * std::abs(double{expected[i]})));
  }
  return result;
}

void expect_within(const Results& actual, const Results& expected, const Bounds& bounds) {
  EXPECT_LE(worst(actual[0], expected[0], bounds.loss), 1) << "loss";
  EXPECT_LE(worst(actual[1], expected[1], bounds.dx), 1) << "dx";
  EXPECT_LE(worst(actual[2], expected[2], bounds.dweight), 1) << "dweight";
}

TEST(CudaCrossEntropyBf16, AgreesWithTheReference) {
  for (const Case& c : read_cases(RADDLE_SOURCE_DIR, Problem::kCases)) {
    // Half a minute on the stand-in for chunks, which ChunksAddUp has in small.
    if (c.integer("rows") * c.integer("vocab") > 10'000'000) continue;
    if (c.integer("slow") != 0 || c.integer("bench") != 0) continue;
    SCOPED_TRACE(c.line());
    const Problem problem(c);
    const Results expected = run_problem(*Problem::list().back(), problem, 1);
    const Bounds bounds = bounds_of(problem, expected);
    int ran = 0;
    for (const auto* kernel : Problem::list()) {
      if (!kernels::runs_on(kernel->code, device::Kind::kCuda)) continue;
      SCOPED_TRACE(std::string(kernel->name));
      ++ran;
      const Results actual = run_on_cuda(*kernel, problem);
      ASSERT_EQ(actual.size(), expected.size());
      expect_within(actual, expected, bounds);
      for (int again = 0; again < RADDLE_CUDA_REPEATS; ++again) {
        const Results repeated = run_on_cuda(*kernel, problem);
        for (size_t i = 0; i < actual.size(); ++i) {
          EXPECT_TRUE(same_bits(repeated[i], actual[i])) << "output " << i;
        }
      }
    }
    EXPECT_EQ(ran, 2);
  }
}

// Few logits at a time, so that a small problem has several chunks, the last one shorter.
constexpr size_t kFewLogits = 20'000;
template <const kernels::CudaProducts& products>
size_t few_logits_scratch(const Args& args, const device::DeviceCaps&) {
  return kernels::cross_entropy_scratch(args, products, kFewLogits);
}
template <const kernels::CudaProducts& products>
Status few_logits(const Args& args, const kernels::Launch& launch) {
  return kernels::cross_entropy(args, products, launch, kFewLogits);
}
template <const kernels::CudaProducts& products>
constexpr kernels::Kernel<Args> kFewLogitsKernel = {
    "linear_cross_entropy:few_logits", &kernels::accept_any<Args>, &few_logits_scratch<products>,
    &few_logits<products>, kernels::RunsOn::kCuda};

TEST(CudaCrossEntropyBf16, ChunksAddUp) {
  for (const char* line : {"rows=70 in=24 vocab=403 masked=3 accumulate=1",
                           "rows=70 in=24 vocab=400 masked=3", "rows=3 in=5 vocab=10011"}) {
    SCOPED_TRACE(line);
    const Case c(line);
    const Problem problem(c);
    const Results expected = run_problem(*Problem::list().back(), problem, 1);
    const Bounds bounds = bounds_of(problem, expected);
    expect_within(run_on_cuda(kFewLogitsKernel<kernels::kOwnProducts>, problem), expected, bounds);
    expect_within(run_on_cuda(kFewLogitsKernel<kernels::kCublasLtProducts>, problem), expected,
                  bounds);
  }
}

TEST(CudaCrossEntropyBf16, LossWithoutGradients) {
  Problem problem(Case("rows=9 in=5 vocab=130 masked=4"));
  const Results with = run_on_cuda(kernels::kLinearCrossEntropyCudaBf16, problem);
  problem.with_gradients = false;
  const Results without = run_on_cuda(kernels::kLinearCrossEntropyCudaBf16, problem);
  EXPECT_TRUE(same_bits(without[0], with[0]));
  EXPECT_EQ(without[1], widened(problem.dx));
  EXPECT_EQ(without[2], problem.dweight);
}

// What words of largest logits would overflow to without the largest taken off.
TEST(CudaCrossEntropyBf16, TakesLargeLogits) {
  Problem problem(Case("rows=5 in=3 vocab=1300"));
  for (Bf16& value : problem.weight) value = kernels::rounded<Bf16>(400.0 * value);
  const Results expected = run_problem(*Problem::list().back(), problem, 1);
  const Results actual = run_on_cuda(kernels::kLinearCrossEntropyCudaBf16, problem);
  for (size_t i = 0; i < actual.size(); ++i) {
    for (const float value : actual[i]) EXPECT_TRUE(std::isfinite(value)) << "output " << i;
  }
  EXPECT_NEAR(actual[0][0], expected[0][0], 0.01 * expected[0][0]);
}

TEST(CudaCrossEntropyBf16, ScratchIsBounded) {
  // Beside logits: a double a row, and the parts of the products.
  constexpr size_t kMost = kernels::kLogitsBytesMax + (size_t{18} << 20);
  for (const int64_t rows : {1, 1024, 16384}) {
    for (const int64_t vocab : {65, 50257, 128256}) {
      Args args{};
      args.rows = rows;
      args.in = 4096;
      args.vocab = vocab;
      EXPECT_LE(kernels::kLinearCrossEntropyCudaBf16.scratch_bytes(args, {}), kMost)
          << rows << " rows of " << vocab;
    }
  }
}

TEST(CudaCrossEntropyBf16, OfNoRows) {
  float loss = 5, scale = 1;
  Bf16 dx = {0x4040};
  Floats dweight(6, 2.0f);
  const Args args = {nullptr,        nullptr, nullptr, nullptr, &scale, &loss, &dx,
                     dweight.data(), 1,       0,       3,       2,      false};
  ASSERT_TRUE((*CudaRunner::get())->run(kernels::kLinearCrossEntropyCudaBf16, args).is_ok());
  EXPECT_EQ(loss, 0);
  EXPECT_EQ(dx, 3.0f);
  EXPECT_EQ(dweight, Floats(6, 0.0f));
}

}  // namespace
}  // namespace raddle::test
