// SPDX-License-Identifier: Apache-2.0
// Span: a pointer and a count, as std::span, which C++17 lacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <type_traits>
#include <utility>

#if defined(__cpp_lib_span)
#include <span>
#elif __cplusplus >= 202002L && __has_include(<span>)
#include <span>
#endif

#include "raddle/cpp/language.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

// Elements that lie in a row and belong to somebody else. Made from arrays, vectors, std::span and
// whatever else has data() and size(); a Span of const also from a list in braces, for the duration
// of the call that it is written in.
template <typename T>
class Span {
  template <typename From>  // T[] and From[] differ in const alone
  using IfPointsTo = std::enable_if_t<std::is_convertible_v<From (*)[], T (*)[]>>;

 public:
  using element_type = T;
  using value_type = std::remove_cv_t<T>;

  constexpr Span() noexcept = default;
  constexpr Span(T* data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <std::size_t kSize>
  constexpr Span(T (&array)[kSize]) noexcept : data_(array), size_(kSize) {}
  template <
      typename Range,
      typename = IfPointsTo<std::remove_pointer_t<decltype(std::data(std::declval<Range&>()))>>,
      typename = decltype(std::size(std::declval<Range&>())),
      typename = std::enable_if_t<std::is_const_v<T> || std::is_lvalue_reference_v<Range>>>
  constexpr Span(Range&& range) noexcept : data_(std::data(range)), size_(std::size(range)) {}
  template <typename U = T, typename = std::enable_if_t<std::is_const_v<U>>>
  constexpr Span(std::initializer_list<value_type> list) noexcept
      : Span(std::data(list), list.size()) {}

  constexpr T* data() const noexcept { return data_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr T* begin() const noexcept { return data_; }
  constexpr T* end() const noexcept { return data_ + size_; }
  constexpr T& operator[](std::size_t index) const noexcept { return data_[index]; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

namespace detail {
// C wants a pointer where an empty Span may have none.
template <typename T>
const T* not_null(Span<const T> span) noexcept {
  static constexpr T kNone{};
  return span.data() == nullptr ? &kNone : span.data();
}
}  // namespace detail

}  // namespace RADDLE_CPP_ABI
}  // namespace raddle

#if defined(__cpp_lib_span)  // so that a std::span can be made of a Span that a function returned
template <typename T>
inline constexpr bool std::ranges::enable_borrowed_range<raddle::Span<T>> = true;
#endif
