// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/sizes.h"

#include <fmt/format.h>

#include <charconv>

#include "runtime/base/status.h"

namespace raddle::graph {
namespace {

constexpr std::string_view kAny = "*";

using MaybeSize = std::optional<int64_t>;

MaybeSize add(MaybeSize a, MaybeSize b) {
  int64_t out = 0;
  if (!a || !b || __builtin_add_overflow(*a, *b, &out)) return std::nullopt;
  return out;
}
MaybeSize subtract(MaybeSize a, MaybeSize b) {
  int64_t out = 0;
  if (!a || !b || __builtin_sub_overflow(*a, *b, &out)) return std::nullopt;
  return out;
}
MaybeSize multiply(MaybeSize a, MaybeSize b) {
  int64_t out = 0;
  if (!a || !b || __builtin_mul_overflow(*a, *b, &out)) return std::nullopt;
  return out;
}

void skip_blanks(std::string_view* rest) {
  while (rest->starts_with(' ')) rest->remove_prefix(1);
}

bool take(std::string_view* rest, char character) {
  skip_blanks(rest);
  if (!rest->starts_with(character)) return false;
  rest->remove_prefix(1);
  return true;
}

// The part of `text` before the first `separator` outside brackets; what follows stays in `text`.
std::string_view cut(std::string_view* text, char separator) {
  int depth = 0;
  size_t end = 0;
  for (; end < text->size(); ++end) {
    const char character = (*text)[end];
    depth += character == '(' ? 1 : character == ')' ? -1 : 0;
    if (depth == 0 && character == separator) break;
  }
  std::string_view part = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  skip_blanks(&part);
  while (part.ends_with(' ')) part.remove_suffix(1);
  return part;
}

bool is_word(std::string_view text) {
  return text.find_first_of("()+-* ") == std::string_view::npos;
}

}  // namespace

MaybeSize Sizes::find(std::string_view word) const {
  for (const auto& [known, size] : sizes_) {
    if (known == word) return size;
  }
  return std::nullopt;
}

MaybeSize Sizes::factor(std::string_view* rest) const {
  if (take(rest, '(')) {
    const MaybeSize inside = sum(rest);
    const bool closed = take(rest, ')');
    RADDLE_ASSERT(closed);
    return inside;
  }
  const size_t end = std::min(rest->find_first_of("()+-*, "), rest->size());
  const std::string_view word = rest->substr(0, end);
  RADDLE_ASSERT(!word.empty());
  rest->remove_prefix(end);
  int64_t number = 0;
  const auto result = std::from_chars(word.data(), word.data() + word.size(), number);
  return result.ec == std::errc() ? MaybeSize(number) : find(word);
}

MaybeSize Sizes::product(std::string_view* rest) const {
  MaybeSize total = factor(rest);
  while (take(rest, '*')) total = multiply(total, factor(rest));
  return total;
}

MaybeSize Sizes::sum(std::string_view* rest) const {
  MaybeSize total = product(rest);
  for (;;) {
    if (take(rest, '+')) {
      total = add(total, product(rest));
    } else if (take(rest, '-')) {
      total = subtract(total, product(rest));
    } else {
      return total;
    }
  }
}

MaybeSize Sizes::evaluate(std::string_view expression) const {
  const MaybeSize total = sum(&expression);
  RADDLE_ASSERT(expression.empty());
  return total;
}

bool Sizes::solve(std::string_view expression, int64_t size) {
  if (const MaybeSize known = evaluate(expression)) return *known == size;
  std::string_view unknown;
  while (!expression.empty()) {
    const std::string_view part = cut(&expression, '*');
    if (const MaybeSize known = evaluate(part)) {
      if (*known <= 0 || size % *known != 0) return false;
      size /= *known;
    } else if (unknown.empty() && is_word(part)) {
      unknown = part;
    } else {
      return false;  // too large for 64 bits
    }
  }
  if (unknown.empty() || size < 1) return false;
  set(unknown, size);
  return true;
}

bool Sizes::matches(std::string_view pattern, const Shape& shape) {
  if (pattern == kAny) {
    if (any_) return *any_ == shape;
    if (shape.elements() < 1) return false;
    any_ = shape;
    set("elements", shape.elements());
    return true;
  }
  const size_t known = sizes_.size();
  int dim = 0;
  bool good = true;
  for (; good && !pattern.empty(); ++dim) {
    const std::string_view expression = cut(&pattern, ',');
    good = dim < shape.rank() && solve(expression, shape[dim]);
  }
  good = good && dim == shape.rank();
  if (!good) sizes_.resize(known);
  return good;
}

std::optional<Shape> Sizes::shape_of(std::string_view pattern) const {
  if (pattern == kAny) return any_;
  std::vector<int64_t> dims;
  while (!pattern.empty()) {
    const MaybeSize size = evaluate(cut(&pattern, ','));
    if (!size || *size < 0) return std::nullopt;
    dims.push_back(*size);
  }
  return Shape(dims);
}

std::string Sizes::describe(std::string_view pattern) const {
  if (pattern == kAny) return any_ ? any_->to_string() : "any shape";
  std::string out = "[";
  while (!pattern.empty()) {
    const std::string_view expression = cut(&pattern, ',');
    const MaybeSize size = evaluate(expression);
    out += size ? fmt::format("{}", *size) : std::string(expression);
    if (!pattern.empty()) out += ", ";
  }
  return out + "]";
}

}  // namespace raddle::graph
