// SPDX-License-Identifier: Apache-2.0
// Shorthand for the entries of the op table: operands, attributes, in-place pairs.
#pragma once

#include <array>
#include <limits>

#include "runtime/graph/op_table.h"

namespace raddle::graph {

using Text = std::string_view;
using enum Constraint::Relation;

constexpr AttributeSpec count(Text name) { return {.name = name}; }
constexpr AttributeSpec flag_or(Text name, double otherwise) {
  return {.name = name, .required = false, .otherwise = otherwise, .least = 0, .most = 1};
}
constexpr AttributeSpec positive(Text name) {
  constexpr double kLeast = std::numeric_limits<float>::min();
  constexpr double kMost = std::numeric_limits<float>::max();
  return {.name = name, .integer = false, .least = kLeast, .most = kMost};
}
constexpr AttributeSpec real(Text name) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return {.name = name, .integer = false, .least = -kMost, .most = kMost};
}
constexpr AttributeSpec real_or(Text name, double otherwise) {
  AttributeSpec spec = real(name);
  spec.required = false;
  spec.otherwise = otherwise;
  return spec;
}

constexpr Operand need(Text name, Text shape) { return {.name = name, .shape = shape}; }
constexpr Operand exact(Text name, Text shape) {
  return {.name = name, .shape = shape, .values = Values::kExact};
}
constexpr Operand maybe_exact(Text name, Text shape) {
  return {.name = name, .shape = shape, .optional = true, .values = Values::kExact};
}
constexpr Operand exact_when(Text condition, Text name, Text shape) {
  return {.name = name, .shape = shape, .when = condition, .values = Values::kExact};
}
constexpr Operand maybe(Text name, Text shape) {
  return {.name = name, .shape = shape, .optional = true};
}
constexpr Operand when(Text condition, Text name, Text shape) {
  return {.name = name, .shape = shape, .when = condition};
}
constexpr Operand indexes(Text name, Text shape, Text bound, Text mask = "") {
  return {.name = name, .shape = shape, .values = Values::kIndex, .bound = bound, .mask = mask};
}
constexpr Operand rising(Text name, Text shape, Text bound) {
  return {.name = name, .shape = shape, .values = Values::kRising, .bound = bound};
}
constexpr Operand cache(Text name, Text shape) {
  return {.name = name, .shape = shape, .written = true};
}
constexpr Operand grad(Text name, Text shape) {
  return {.name = name, .shape = shape, .values = Values::kExact, .gradient = true};
}
constexpr Operand maybe_grad(Text name, Text shape) {
  return {
      .name = name, .shape = shape, .optional = true, .values = Values::kExact, .gradient = true};
}
constexpr Operand grad_when(Text condition, Text name, Text shape, bool optional = false) {
  return {.name = name,
          .shape = shape,
          .optional = optional,
          .when = condition,
          .values = Values::kExact,
          .gradient = true};
}

// Lists that several families need. (Static storage: the table keeps spans of them.)
inline constexpr std::array kX = {need("x", "*")};
inline constexpr std::array kY = {need("y", "*")};
inline constexpr std::array kEps = {positive("eps")};
inline constexpr std::array<InPlace, 1> kFirstOverFirst = {{{0, 0}}};
inline constexpr std::array<InPlace, 1> kFirstOverSecond = {{{0, 1}}};
inline constexpr std::array<InPlace, 2> kFirstOverEither = {{{0, 0}, {0, 1}}};
inline constexpr std::array<InPlace, 1> kFirstOverThird = {{{0, 2}}};

}  // namespace raddle::graph
