// SPDX-License-Identifier: Apache-2.0
// Virtual-width kernels at the sizes of the 124M GPT-2 backbone: the bench=1 lines of the
// conformance suite's case file, checked against the reference on those rows and then timed with
// RADDLE_BENCH_ROWS (256) tokens. Bytes are the least that the
// kernel must move; FLOPs those of its products.
#include <functional>

#include "bench/kernels/bench_support.h"
#include "tests/support/cases.h"
#include "tests/support/hyper_connection_problem.h"
#include "tests/support/kernel_column.h"

namespace raddle::bench {
namespace {

using test::HyperConnectionBackward;
using test::HyperConnectionForward;
using test::HyperConnectionProblem;
using test::KernelRunner;

// The work of one token.
Work read_work(const kernels::SiteShape& s) {
  const double n = double(s.n), m = double(s.m), d = double(s.d), q = double(s.q());
  return {2 * n * (q + m + 1) * d, 4 * ((n + m) * d + n * q)};
}
Work write_work(const kernels::SiteShape& s) {
  const double n = double(s.n), m = double(s.m), d = double(s.d), q = double(s.q());
  return {2 * n * (n + m) * d, 4 * ((2 * n + m) * d + n * q)};
}
Work boundary_work(const kernels::SiteShape& s) {
  const double n = double(s.n), m = double(s.m), d = double(s.d), q = double(s.q());
  return {read_work(s).flops + write_work(s).flops, 4 * ((2 * n + 2 * m) * d + 2 * n * q)};
}
Work write_grad_work(const kernels::SiteShape& s) {
  const double n = double(s.n), m = double(s.m), d = double(s.d), q = double(s.q());
  return {4 * n * (n + m) * d, 4 * ((3 * n + 2 * m) * d + n * q + n * (n + m))};
}
Work read_grad_work(const kernels::SiteShape& s) {
  const double n = double(s.n), m = double(s.m), d = double(s.d), q = double(s.q());
  return {4 * n * (m + q + 1) * d, 4 * ((3 * n + m) * d + n * q + n * (n + m))};
}
Work boundary_grad_work(const kernels::SiteShape& s) {
  const double n = double(s.n), m = double(s.m), d = double(s.d), q = double(s.q());
  return {read_grad_work(s).flops + write_grad_work(s).flops,
          4 * ((4 * n + 3 * m) * d + 2 * n * q + 2 * n * (n + m))};
}

// Everything that one (m, n) needs; alive for the whole program.
struct Setup {
  HyperConnectionProblem problem;
  HyperConnectionForward forward;
  HyperConnectionBackward backward;
  explicit Setup(const kernels::SiteShape& s)
      : problem(s), forward(problem.site), backward(problem.site) {}
};

template <class Args>
using MakeArgs = std::function<Args(Setup&)>;

template <class Args>
void check_kernel(kernels::KernelList<Args> list, const MakeArgs<Args>& make,
                  const kernels::SiteShape& shape) {
  Setup tuned(shape), reference(shape);
  KernelRunner runner;
  const kernels::Kernel<Args>& kernel = kernel_of(list, test::Column::kCpu);
  check(runner.run(kernel, make(tuned)).is_ok(), std::string(kernel.name));
  check(runner.run(*list.back(), make(reference)).is_ok(), std::string(list.back()->name));
  const auto same = [&](const test::Values<float>& a, const test::Values<float>& b) {
    check(test::relative_error(a, b) < 1e-4, std::string(kernel.name));
  };
  same(tuned.forward.x, reference.forward.x);
  same(tuned.forward.t, reference.forward.t);
  same(tuned.forward.h_next, reference.forward.h_next);
  same(tuned.backward.dh, reference.backward.dh);
  same(tuned.backward.dz, reference.backward.dz);
  same(tuned.backward.dc, reference.backward.dc);
  same(tuned.backward.parameters.dc0, reference.backward.parameters.dc0);
  same(tuned.backward.parameters.ds, reference.backward.parameters.ds);
  same(tuned.backward.parameters.dw, reference.backward.parameters.dw);
  same(tuned.backward.parameters.dnorm_weight, reference.backward.parameters.dnorm_weight);
}

template <class Args>
void time_site(benchmark::State& state, const kernels::Kernel<Args>& kernel,
               const MakeArgs<Args>& make, kernels::SiteShape shape, Work token) {
  shape.rows = from_environment("RADDLE_BENCH_ROWS", 256);
  Setup setup(shape);
  const double rows = static_cast<double>(shape.rows);
  time_kernel(state, kernel, make(setup), {rows * token.flops, rows * token.bytes});
}

template <class Args>
void add(kernels::KernelList<Args> list, const test::Case& c, MakeArgs<Args> make,
         Work (*work)(const kernels::SiteShape&)) {
  const kernels::SiteShape shape{c.integer("rows"), c.integer("m"), c.integer("n"),
                                 c.integer("d"),    1e-5f,          true};
  check_kernel(list, make, shape);
  const kernels::Kernel<Args>& kernel = kernel_of(list, test::Column::kCpu);
  const std::string name =
      std::string(kernel.name) + "/" + c.text("m") + "," + c.text("n") + "/" + c.text("d");
  benchmark::RegisterBenchmark(name.c_str(),
                               [=, &kernel](benchmark::State& state) {
                                 time_site<Args>(state, kernel, make, shape, work(shape));
                               })
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

void add_site(const test::Case& c) {
  add<kernels::HyperConnectionReadArgs>(
      kernels::hyper_connection_read_kernels(), c,
      [](Setup& s) { return read_args(s.problem, s.forward); }, read_work);
  add<kernels::HyperConnectionWriteArgs>(
      kernels::hyper_connection_write_kernels(), c,
      [](Setup& s) { return write_args(s.problem, s.forward); }, write_work);
  add<kernels::HyperConnectionBoundaryArgs>(
      kernels::hyper_connection_boundary_kernels(), c,
      [](Setup& s) { return boundary_args(s.problem, s.forward); }, boundary_work);
  add<kernels::HyperConnectionWriteGradArgs>(
      kernels::hyper_connection_write_grad_kernels(), c,
      [](Setup& s) { return write_grad_args(s.problem, s.backward); }, write_grad_work);
  add<kernels::HyperConnectionReadGradArgs>(
      kernels::hyper_connection_read_grad_kernels(), c,
      [](Setup& s) { return read_grad_args(s.problem, s.backward); }, read_grad_work);
  add<kernels::HyperConnectionBoundaryGradArgs>(
      kernels::hyper_connection_boundary_grad_kernels(), c,
      [](Setup& s) {
        return boundary_grad_args(s.problem, s.problem.dh_next, s.problem.t, s.backward);
      },
      boundary_grad_work);
}

void add_all() {
  for (const auto& c : test::read_cases(RADDLE_SOURCE_DIR, "kernels/hyper_connection.cases")) {
    if (c.integer("bench") != 0) add_site(c);
  }
}

}  // namespace
}  // namespace raddle::bench

int main(int argc, char** argv) {
  return raddle::bench::run_benches(argc, argv, &raddle::bench::add_all);
}
