// SPDX-License-Identifier: Apache-2.0
// Linear layers, fused projection + cross-entropy, embeddings and the optimizer: the bench=1 lines
// of the conformance suite's case files. The conformance suite compares the same kernels with the
// reference on the same lines, which takes minutes; here they are only timed. Bytes are the least
// that a kernel must move.
#include <memory>

#include "bench/kernels/bench_support.h"
#include "tests/cts/kernels/embedding_problem.h"
#include "tests/cts/kernels/linear_cross_entropy_problem.h"
#include "tests/cts/kernels/linear_problem.h"
#include "tests/cts/kernels/optimizer_problem.h"

namespace raddle::bench {
namespace {

constexpr double kFloat = sizeof(float);

double product(int64_t a, int64_t b) { return static_cast<double>(a) * static_cast<double>(b); }

Work work_of(const test::LinearProblem& p) { return {.flops = 2 * product(p.rows * p.in, p.out)}; }
Work work_of(const test::LinearGradBias& p) { return {.bytes = kFloat * product(p.rows, p.out)}; }
// Three products: logits, gradient of x, gradient of the weight.
Work work_of(const test::LinearCrossEntropyProblem& p) {
  return {.flops = 6 * product(p.rows * p.in, p.vocab)};
}
Work work_of(const test::EmbeddingForward& p) {
  return {.bytes = 2 * kFloat * product(p.rows, p.width)};
}
// Adds rows into the table: two reads and a write. (The bench's cases accumulate.)
Work work_of(const test::EmbeddingBackward& p) {
  return {.bytes = 3 * kFloat * product(p.rows, p.width)};
}
Work work_of(const test::SquareSumProblem& p) {
  return {.bytes = kFloat * static_cast<double>(p.master.size())};
}
// Reads the parameter, its gradient and both moments; writes all but the gradient.
Work work_of(const test::AdamWProblem& p) {
  return {.bytes = 7 * kFloat * static_cast<double>(p.master.size())};
}

template <class Problem, class Args>
void add_cases(kernels::KernelList<Args> list, const char* file) {
  for (const test::Case& c : test::read_cases(RADDLE_SOURCE_DIR, file)) {
    if (c.integer("bench") == 0) continue;
    const std::string line = c.line().substr(0, c.line().find(" tol"));
    const std::string name = std::string(test::kernels_on_cpu(list).front()->name) + " " + line;
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
      const auto problem = std::make_unique<Problem>(c);
      time_kernel(state, *test::kernels_on_cpu(list).front(), problem->args(), work_of(*problem));
    })->UseRealTime();
  }
}

void add_all() {
  using namespace kernels;
  using namespace test;
  add_cases<LinearForward>(linear_kernels(), "kernels/linear.cases");
  add_cases<LinearGradInput>(linear_grad_input_kernels(), "kernels/linear.cases");
  add_cases<LinearGradWeight>(linear_grad_weight_kernels(), "kernels/linear.cases");
  add_cases<LinearGradBias>(linear_grad_bias_kernels(), "kernels/linear.cases");
  add_cases<LinearCrossEntropyProblem>(linear_cross_entropy_kernels(),
                                       "kernels/linear_cross_entropy.cases");
  add_cases<EmbeddingForward>(embedding_kernels(), "kernels/embedding.cases");
  add_cases<EmbeddingBackward>(embedding_grad_kernels(), "kernels/embedding.cases");
  add_cases<SquareSumProblem>(square_sum_kernels(), "kernels/optimizer.cases");
  add_cases<AdamWProblem>(adamw_kernels(), "kernels/optimizer.cases");
}

}  // namespace
}  // namespace raddle::bench

int main(int argc, char** argv) {
  return raddle::bench::run_benches(argc, argv, &raddle::bench::add_all);
}
