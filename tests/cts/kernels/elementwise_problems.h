// SPDX-License-Identifier: Apache-2.0
// Buffers of the pointwise operations for tests and benches. Keys: count; rows, width; a_width,
// b_width; alias=1 (the result over an input); no_b=1 (add without b).
#pragma once

#include <vector>

#include "kernels/ops/elementwise.h"
#include "tests/cts/kernels/agreement.h"

namespace raddle::test {

struct GeluProblem {
  static auto list() { return kernels::gelu_kernels(); }
  static constexpr const char *kCases = "kernels/gelu.cases", *kTolerance = "tol";
  Floats x, y;
  bool alias;
  explicit GeluProblem(const Case& c)
      : x(random_floats(c.integer("count"), 1, 2.0f)),
        y(unwritten(c.integer("count"))),
        alias(c.integer("alias") != 0) {}
  kernels::GeluArgs args() {
    return {x.data(), alias ? x.data() : y.data(), static_cast<int64_t>(x.size())};
  }
  std::vector<Floats> outputs() const { return {alias ? x : y}; }
  double bytes() const { return 8.0 * static_cast<double>(x.size()); }
};

struct GeluGradProblem {
  static auto list() { return kernels::gelu_grad_kernels(); }
  static constexpr const char *kCases = "kernels/gelu.cases", *kTolerance = "grad_tol";
  Floats dy, x, dx;
  bool alias;
  explicit GeluGradProblem(const Case& c)
      : dy(random_floats(c.integer("count"), 2)),
        x(random_floats(c.integer("count"), 1, 2.0f)),
        dx(unwritten(c.integer("count"))),
        alias(c.integer("alias") != 0) {}
  kernels::GeluGradArgs args() {
    return {dy.data(), x.data(), alias ? dy.data() : dx.data(), static_cast<int64_t>(x.size())};
  }
  std::vector<Floats> outputs() const { return {alias ? dy : dx}; }
  double bytes() const { return 12.0 * static_cast<double>(x.size()); }
};

// A gated linear unit, swiglu or geglu: the same shapes and cases.
template <class Args, kernels::KernelList<Args> (*kernels_of)()>
struct GatedProblem {
  static auto list() { return kernels_of(); }
  static constexpr const char *kCases = "kernels/swiglu.cases", *kTolerance = "tol";
  int64_t rows, width;
  Floats x, y;
  explicit GatedProblem(const Case& c)
      : rows(c.integer("rows")),
        width(c.integer("width")),
        x(random_floats(rows * 2 * width, 1, 2.0f)),
        y(unwritten(rows * width)) {}
  Args args() { return {x.data(), y.data(), rows, width}; }
  std::vector<Floats> outputs() const { return {y}; }
  double bytes() const { return 12.0 * static_cast<double>(y.size()); }
};
using SwigluProblem = GatedProblem<kernels::SwigluArgs, kernels::swiglu_kernels>;
using GegluProblem = GatedProblem<kernels::GegluArgs, kernels::geglu_kernels>;

template <class Forward, class Args, kernels::KernelList<Args> (*kernels_of)()>
struct GatedGradProblem {
  static auto list() { return kernels_of(); }
  static constexpr const char *kCases = "kernels/swiglu.cases", *kTolerance = "grad_tol";
  Forward forward;
  Floats dy, dx;
  bool alias;
  explicit GatedGradProblem(const Case& c)
      : forward(c),
        dy(random_floats(forward.rows * forward.width, 2)),
        dx(unwritten(forward.rows * 2 * forward.width)),
        alias(c.integer("alias") != 0) {}
  Args args() {
    return {dy.data(), forward.x.data(), alias ? forward.x.data() : dx.data(), forward.rows,
            forward.width};
  }
  std::vector<Floats> outputs() const { return {alias ? forward.x : dx}; }
  double bytes() const { return 20.0 * static_cast<double>(dy.size()); }
};
using SwigluGradProblem =
    GatedGradProblem<SwigluProblem, kernels::SwigluGradArgs, kernels::swiglu_grad_kernels>;
using GegluGradProblem =
    GatedGradProblem<GegluProblem, kernels::GegluGradArgs, kernels::geglu_grad_kernels>;

struct AddProblem {
  static auto list() { return kernels::add_kernels(); }
  static constexpr const char *kCases = "kernels/add.cases", *kTolerance = "tol";
  Floats a, b, y;
  bool alias;
  explicit AddProblem(const Case& c)
      : a(random_floats(c.integer("count"), 1)),
        b(c.integer("no_b") != 0 ? Floats() : random_floats(c.integer("count"), 2)),
        y(unwritten(c.integer("count"))),
        alias(c.integer("alias") != 0) {}
  kernels::AddArgs args() {
    return {a.data(), pointer_or_null(b), alias ? a.data() : y.data(),
            static_cast<int64_t>(a.size()), 0.75f};
  }
  std::vector<Floats> outputs() const { return {alias ? a : y}; }
  double bytes() const { return 4.0 * static_cast<double>(2 * a.size() + b.size()); }
};

struct ConcatProblem {
  static auto list() { return kernels::concat_kernels(); }
  static constexpr const char *kCases = "kernels/concat.cases", *kTolerance = "tol";
  int64_t rows, a_width, b_width;
  Floats a, b, y;
  explicit ConcatProblem(const Case& c)
      : rows(c.integer("rows")),
        a_width(c.integer("a_width")),
        b_width(c.integer("b_width")),
        a(random_floats(rows * a_width, 1)),
        b(random_floats(rows * b_width, 2)),
        y(unwritten(rows * (a_width + b_width))) {}
  kernels::ConcatArgs args() { return {a.data(), b.data(), y.data(), rows, a_width, b_width}; }
  std::vector<Floats> outputs() const { return {y}; }
  double bytes() const { return 8.0 * static_cast<double>(y.size()); }
};

struct SplitProblem {
  static auto list() { return kernels::split_kernels(); }
  static constexpr const char *kCases = "kernels/concat.cases", *kTolerance = "tol";
  int64_t rows, a_width, b_width;
  Floats y, a, b;
  explicit SplitProblem(const Case& c)
      : rows(c.integer("rows")),
        a_width(c.integer("a_width")),
        b_width(c.integer("b_width")),
        y(random_floats(rows * (a_width + b_width), 1)),
        a(unwritten(rows * a_width)),
        b(unwritten(rows * b_width)) {}
  kernels::SplitArgs args() { return {y.data(), a.data(), b.data(), rows, a_width, b_width}; }
  std::vector<Floats> outputs() const { return {a, b}; }
  double bytes() const { return 8.0 * static_cast<double>(y.size()); }
};

using ElementwiseProblems =
    testing::Types<GeluProblem, GeluGradProblem, SwigluProblem, SwigluGradProblem, GegluProblem,
                   GegluGradProblem, AddProblem, ConcatProblem, SplitProblem>;

}  // namespace raddle::test
