// SPDX-License-Identifier: Apache-2.0
// Buffers of the pointwise operations for tests and benches. Keys: count; rows, width; a_width,
// b_width; alias=1 (the result over an input); no_b=1 (add without b).
#pragma once

#include <vector>

#include "kernels/ops/elementwise.h"
#include "tests/cts/kernels/agreement.h"
#include "tests/cts/kernels/elements.h"

namespace raddle::test {

template <class T>
struct GeluProblemOf {
  static auto list() { return kernels::gelu_kernels<T>(); }
  static constexpr const char *kCases = "kernels/gelu.cases", *kTolerance = "tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  std::vector<T> x, y;
  bool alias;
  explicit GeluProblemOf(const Case& c)
      : x(random_elements<T>(c.integer("count"), 1, 2.0f)),
        y(unwritten_of<T>(c.integer("count"))),
        alias(c.integer("alias") != 0) {}
  kernels::GeluArgsOf<T> args() {
    return {x.data(), alias ? x.data() : y.data(), static_cast<int64_t>(x.size())};
  }
  std::vector<Floats> outputs() const { return {widened(alias ? x : y)}; }
  double bytes() const { return 2.0 * sizeof(T) * static_cast<double>(x.size()); }
};
using GeluProblem = GeluProblemOf<float>;

template <class T>
struct GeluGradProblemOf {
  static auto list() { return kernels::gelu_grad_kernels<T>(); }
  static constexpr const char *kCases = "kernels/gelu.cases", *kTolerance = "grad_tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  std::vector<T> dy, x, dx;
  bool alias;
  explicit GeluGradProblemOf(const Case& c)
      : dy(random_elements<T>(c.integer("count"), 2)),
        x(random_elements<T>(c.integer("count"), 1, 2.0f)),
        dx(unwritten_of<T>(c.integer("count"))),
        alias(c.integer("alias") != 0) {}
  kernels::GeluGradArgsOf<T> args() {
    return {dy.data(), x.data(), alias ? dy.data() : dx.data(), static_cast<int64_t>(x.size())};
  }
  std::vector<Floats> outputs() const { return {widened(alias ? dy : dx)}; }
  double bytes() const { return 3.0 * sizeof(T) * static_cast<double>(x.size()); }
};
using GeluGradProblem = GeluGradProblemOf<float>;

// A gated linear unit, swiglu or geglu: the same shapes and cases.
template <class T, class Args, kernels::KernelList<Args> (*kernels_of)()>
struct GatedProblem {
  static auto list() { return kernels_of(); }
  static constexpr const char *kCases = "kernels/swiglu.cases", *kTolerance = "tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  int64_t rows, width;
  std::vector<T> x, y;
  explicit GatedProblem(const Case& c)
      : rows(c.integer("rows")),
        width(c.integer("width")),
        x(random_elements<T>(rows * 2 * width, 1, 2.0f)),
        y(unwritten_of<T>(rows * width)) {}
  Args args() { return {x.data(), y.data(), rows, width}; }
  std::vector<Floats> outputs() const { return {widened(y)}; }
  double bytes() const { return 3.0 * sizeof(T) * static_cast<double>(y.size()); }
};
template <class T>
using SwigluProblemOf = GatedProblem<T, kernels::SwigluArgsOf<T>, kernels::swiglu_kernels<T>>;
template <class T>
using GegluProblemOf = GatedProblem<T, kernels::GegluArgsOf<T>, kernels::geglu_kernels<T>>;
using SwigluProblem = SwigluProblemOf<float>;
using GegluProblem = GegluProblemOf<float>;

template <class Forward, class Args, kernels::KernelList<Args> (*kernels_of)()>
struct GatedGradProblem {
  static auto list() { return kernels_of(); }
  static constexpr const char *kCases = "kernels/swiglu.cases", *kTolerance = "grad_tol";
  using Element = typename Forward::Element;
  static constexpr size_t kOfElement = 1;
  Forward forward;
  std::vector<Element> dy, dx;
  bool alias;
  explicit GatedGradProblem(const Case& c)
      : forward(c),
        dy(random_elements<Element>(forward.rows * forward.width, 2)),
        dx(unwritten_of<Element>(forward.rows * 2 * forward.width)),
        alias(c.integer("alias") != 0) {}
  Args args() {
    return {dy.data(), forward.x.data(), alias ? forward.x.data() : dx.data(), forward.rows,
            forward.width};
  }
  std::vector<Floats> outputs() const { return {widened(alias ? forward.x : dx)}; }
  double bytes() const { return 5.0 * sizeof(Element) * static_cast<double>(dy.size()); }
};
template <class T>
using SwigluGradProblemOf = GatedGradProblem<SwigluProblemOf<T>, kernels::SwigluGradArgsOf<T>,
                                             kernels::swiglu_grad_kernels<T>>;
template <class T>
using GegluGradProblemOf = GatedGradProblem<GegluProblemOf<T>, kernels::GegluGradArgsOf<T>,
                                            kernels::geglu_grad_kernels<T>>;
using SwigluGradProblem = SwigluGradProblemOf<float>;
using GegluGradProblem = GegluGradProblemOf<float>;

template <class T>
struct AddProblemOf {
  static auto list() { return kernels::add_kernels<T>(); }
  static constexpr const char *kCases = "kernels/add.cases", *kTolerance = "tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  std::vector<T> a, b, y;
  bool alias;
  explicit AddProblemOf(const Case& c)
      : a(random_elements<T>(c.integer("count"), 1)),
        b(random_elements<T>(c.integer("no_b") != 0 ? 0 : c.integer("count"), 2)),
        y(unwritten_of<T>(c.integer("count"))),
        alias(c.integer("alias") != 0) {}
  kernels::AddArgsOf<T> args() {
    return {a.data(), pointer_or_null(b), alias ? a.data() : y.data(),
            static_cast<int64_t>(a.size()), 0.75f};
  }
  std::vector<Floats> outputs() const { return {widened(alias ? a : y)}; }
  double bytes() const { return sizeof(T) * static_cast<double>(2 * a.size() + b.size()); }
};
using AddProblem = AddProblemOf<float>;

// Copies are exact in each type, so none names an Element whose rounding would be granted.
template <class T>
struct ConcatProblemOf {
  static auto list() { return kernels::concat_kernels<T>(); }
  static constexpr const char *kCases = "kernels/concat.cases", *kTolerance = "tol";
  int64_t rows, a_width, b_width;
  std::vector<T> a, b, y;
  explicit ConcatProblemOf(const Case& c)
      : rows(c.integer("rows")),
        a_width(c.integer("a_width")),
        b_width(c.integer("b_width")),
        a(random_elements<T>(rows * a_width, 1)),
        b(random_elements<T>(rows * b_width, 2)),
        y(unwritten_of<T>(rows * (a_width + b_width))) {}
  kernels::ConcatArgsOf<T> args() { return {a.data(), b.data(), y.data(), rows, a_width, b_width}; }
  std::vector<Floats> outputs() const { return {widened(y)}; }
  double bytes() const { return 2.0 * sizeof(T) * static_cast<double>(y.size()); }
};
using ConcatProblem = ConcatProblemOf<float>;

template <class T>
struct SplitProblemOf {
  static auto list() { return kernels::split_kernels<T>(); }
  static constexpr const char *kCases = "kernels/concat.cases", *kTolerance = "tol";
  int64_t rows, a_width, b_width;
  std::vector<T> y, a, b;
  explicit SplitProblemOf(const Case& c)
      : rows(c.integer("rows")),
        a_width(c.integer("a_width")),
        b_width(c.integer("b_width")),
        y(random_elements<T>(rows * (a_width + b_width), 1)),
        a(unwritten_of<T>(rows * a_width)),
        b(unwritten_of<T>(rows * b_width)) {}
  kernels::SplitArgsOf<T> args() { return {y.data(), a.data(), b.data(), rows, a_width, b_width}; }
  std::vector<Floats> outputs() const { return {widened(a), widened(b)}; }
  double bytes() const { return 2.0 * sizeof(T) * static_cast<double>(y.size()); }
};
using SplitProblem = SplitProblemOf<float>;

template <class T>
using ElementwiseProblemsOf =
    testing::Types<GeluProblemOf<T>, GeluGradProblemOf<T>, SwigluProblemOf<T>,
                   SwigluGradProblemOf<T>, GegluProblemOf<T>, GegluGradProblemOf<T>,
                   AddProblemOf<T>, ConcatProblemOf<T>, SplitProblemOf<T>>;
using ElementwiseProblems = ElementwiseProblemsOf<float>;

}  // namespace raddle::test
