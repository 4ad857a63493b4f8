// SPDX-License-Identifier: Apache-2.0
// Attention in BF16 against the reference on the same inputs. Where matrix instructions do it, the
// error of each element is bounded: weights and gradients of scores are rounded as operands, which
// changes a sum by up to 2^-8 of the sum of its terms' sizes, and the result is rounded once more,
// by up to 2^-8 of itself, as that of the reference is. Elsewhere the rounding of the result is
// all.
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/attention_problems.h"

namespace raddle::test {
namespace {

constexpr double kRounding = 1.0 / 256, kLseTolerance = 1e-5;
// Of the float arithmetic in between, to both of the above.
constexpr double kFloatShare = 1.01;
// Of the FP32 tiles and of decoding, to the rms of the result.
constexpr double kTolerance = 1e-5, kGradTolerance = 3e-5;

bool has_matrix_tiles(int64_t head_dim) { return head_dim % 8 == 0 && head_dim <= 256; }

// The sizes of the terms that an element of a result is the sum of.
struct TermSizes {
  std::vector<double> out, dqkv;
};

double product(const Bf16* a, const Bf16* b, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

void add_sizes(double weight, const Bf16* values, int64_t count, double* sizes) {
  for (int64_t i = 0; i < count; ++i) sizes[i] += std::abs(weight * static_cast<double>(values[i]));
}

// Adds what query and key of a head bring to out and to the three gradients.
void add_pair(const AttentionProblemOf<Bf16>& f, const std::vector<Bf16>& dout, int64_t query,
              int64_t key, int64_t head, TermSizes& sizes) {
  const int64_t d = f.head_dim, kv_head = head / (f.heads / f.kv_heads);
  const int64_t q_at = query * f.width() + head * d;
  const int64_t k_at = key * f.width() + (f.heads + kv_head) * d, v_at = k_at + f.kv_heads * d;
  const int64_t out_at = (query * f.heads + head) * d;
  const Bf16 *q = &f.qkv[static_cast<size_t>(q_at)], *k = &f.qkv[static_cast<size_t>(k_at)],
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

TermSizes term_sizes(const AttentionProblemOf<Bf16>& f, const std::vector<Bf16>& dout) {
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

// How far an element is off at most, in units of what it may be off: a rounded operand in each
// term, and the roundings of the two results.
double worst_error(const Floats& actual, const Floats& expected, const std::vector<double>& sizes) {
  double worst = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double value = double{expected[i]}, off = std::abs(double{actual[i]} - value);
    const double granted = kFloatShare * kRounding * (sizes[i] + 2 * std::abs(value));
    if (std::isnan(off)) return off;
    if (off > 0) worst = std::max(worst, off / std::max(granted, 1e-6));
  }
  return worst;
}

// What the kernel for a GPU makes of it, the same bits in each run.
template <class Problem>
Results on_cuda(const Problem& problem) {
  const auto& kernel = *Problem::list().front();
  EXPECT_EQ(kernel.code, kernels::RunsOn::kCuda);
  const Results first = run_on_cuda(kernel, problem);
  for (int again = 0; again < RADDLE_CUDA_REPEATS; ++again) {
    const Results repeated = run_on_cuda(kernel, problem);
    for (size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(same_bits(first[i], repeated[i]));
  }
  return first;
}

// Cases of its own, and those of the op that the stand-in does in seconds: none of the longer ones
// has a width that the others lack.
std::vector<Case> all_cases() {
  constexpr int64_t kMostRows = 170;
  std::vector<Case> all = read_cases(RADDLE_SOURCE_DIR, "kernels/attention_bf16.cases");
  for (const Case& c : read_cases(RADDLE_SOURCE_DIR, "kernels/attention.cases")) {
    if (AttentionProblem(c).rows <= kMostRows) all.push_back(c);
  }
  return all;
}

TEST(AttentionBf16, AgreesWithTheReference) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(c.line());
    AttentionGradProblemOf<Bf16> grad(c);  // its forward holds what the reference makes
    const AttentionProblemOf<Bf16> problem(c);
    if (!has_matrix_tiles(problem.head_dim)) {
      EXPECT_EQ(expect_cuda_agreement(problem.list(), problem, kTolerance), 1);
      continue;
    }
    const Results actual = on_cuda(problem);
    const TermSizes sizes = term_sizes(grad.forward, grad.dout);
    EXPECT_LE(worst_error(actual[0], widened(grad.forward.out), sizes.out), 1);
    EXPECT_LE(relative_error(actual[1], grad.forward.lse), kLseTolerance);
  }
}

TEST(AttentionBf16, GradientsAgreeWithTheReference) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(c.line());
    const AttentionGradProblemOf<Bf16> problem(c);
    if (!has_matrix_tiles(problem.forward.head_dim)) {
      EXPECT_EQ(expect_cuda_agreement(problem.list(), problem, kGradTolerance), 1);
      continue;
    }
    const Results expected = run_problem(*problem.list().back(), problem, 1);
    const TermSizes sizes = term_sizes(problem.forward, problem.dout);
    EXPECT_LE(worst_error(on_cuda(problem)[0], expected[0], sizes.dqkv), 1);
  }
}

// A prompt sees what it sees as rows of one packed sequence behind those that are cached: sizes of
// the terms of `out`, from the caches that the reference has left.
std::vector<double> cached_sizes(const AttentionCachedProblemOf<Bf16>& p) {
  const int64_t d = p.head_dim, width = (p.heads + 2 * p.kv_heads) * d;
  std::vector<double> sizes(p.out.size());
  for (int64_t row = 0; row < p.rows; ++row) {
    for (int64_t head = 0; head < p.heads; ++head) {
      const Bf16* q = &p.qkv[static_cast<size_t>(row * width + head * d)];
      const int64_t keys = p.cached + row + 1, at = head / (p.heads / p.kv_heads) * d;
      std::vector<double> weights;
      double total = 0;
      for (int64_t key = 0; key < keys; ++key) {
        const Bf16* k = &p.k_cache[static_cast<size_t>(key * p.kv_heads * d + at)];
        weights.push_back(std::exp(product(q, k, d) / std::sqrt(static_cast<double>(d))));
        total += weights.back();
      }
      for (int64_t key = 0; key < keys; ++key) {
        add_sizes(weights[static_cast<size_t>(key)] / total,
                  &p.v_cache[static_cast<size_t>(key * p.kv_heads * d + at)], d,
                  &sizes[static_cast<size_t>((row * p.heads + head) * d)]);
      }
    }
  }
  return sizes;
}

TEST(AttentionBf16, CachedAgreesWithTheReference) {
  constexpr int64_t kRowsForTiles = 8;
  int prompts = 0, decodes = 0;
  for (const Case& c : read_cases(RADDLE_SOURCE_DIR, "kernels/attention_cached.cases")) {
    SCOPED_TRACE(c.line());
    const AttentionCachedProblemOf<Bf16> problem(c);
    if (problem.rows < kRowsForTiles || !has_matrix_tiles(problem.head_dim)) {
      ++decodes;
      EXPECT_EQ(expect_cuda_agreement(problem.list(), problem, kTolerance), 1);
      continue;
    }
    ++prompts;
    AttentionCachedProblemOf<Bf16> reference = problem;
    KernelRunner runner(1);
    ASSERT_TRUE(runner.run(*problem.list().back(), reference.args()).is_ok());
    const Results actual = on_cuda(problem), expected = reference.outputs();
    EXPECT_LE(worst_error(actual[0], expected[0], cached_sizes(reference)), 1);
    EXPECT_TRUE(same_bits(actual[1], expected[1]) && same_bits(actual[2], expected[2]));
  }
  EXPECT_GT(prompts, 0);
  EXPECT_GT(decodes, 0);
}

}  // namespace
}  // namespace raddle::test
