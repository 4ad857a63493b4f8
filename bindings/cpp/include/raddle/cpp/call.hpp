// SPDX-License-Identifier: Apache-2.0
// How the wrapper calls C: texts in and out, outputs, callbacks. Not for users.
#pragma once

#include <raddle/base.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "raddle/cpp/status.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

// What a callback may return instead of nothing, which goes on.
enum class Next { kGoOn, kStop };

namespace detail {

inline bool has_zero_byte(std::string_view text) noexcept {
  return text.find('\0') != std::string_view::npos;
}

inline Status zero_byte() {
  return Status(Code::kInvalidArgument, Scope::kCall,
                "a text or path holds a zero byte, where C would take it to end; remove it");
}

// C wants a pointer where an empty string_view may have none.
inline const char* not_null(std::string_view text) noexcept {
  return text.data() == nullptr ? "" : text.data();
}

// A text on its way into C: with a zero byte at its end.
class CText {
 public:
  explicit CText(std::string_view text) : text_(text) {}
  bool ok() const noexcept { return !has_zero_byte(text_); }
  const char* c_str() const noexcept { return text_.c_str(); }
  const char* null_if_empty() const noexcept { return text_.empty() ? nullptr : text_.c_str(); }

 private:
  std::string text_;
};

// A text that C gives away.
class OwnedText {
 public:
  OwnedText() = default;
  OwnedText(const OwnedText&) = delete;
  OwnedText& operator=(const OwnedText&) = delete;
  ~OwnedText() { raddle_text_destroy(&text_); }
  char** out() noexcept { return &text_; }
  // Of *bytes bytes where it may hold zero bytes.
  std::string str(const std::size_t* bytes = nullptr) const {
    return bytes == nullptr ? std::string(text_) : std::string(text_, *bytes);
  }

 private:
  char* text_ = nullptr;
};

// The first exception of a callback, until it can be thrown in C++ again.
class Caught {
 public:
#if RADDLE_CPP_EXCEPTIONS
  void keep() noexcept {
    if (exception_ == nullptr) exception_ = std::current_exception();
  }
  void keep(Caught other) noexcept {
    if (exception_ == nullptr) exception_ = std::move(other.exception_);
  }
  void rethrow() {
    if (exception_ != nullptr) std::rethrow_exception(std::exchange(exception_, nullptr));
  }

 private:
  std::exception_ptr exception_;
#else
  void keep(const Caught&) noexcept {}
  void rethrow() noexcept {}
#endif
};

// What body() makes of a callback's return value: 0 to go on. No exception leaves it.
template <typename Body>
std::int32_t guarded(Caught& caught, Body&& body) noexcept {
#if RADDLE_CPP_EXCEPTIONS
  try {
    return body();
  } catch (...) {
    caught.keep();
    return 1;
  }
#else
  static_cast<void>(caught);
  return body();
#endif
}

// A callable of the user's while C calls it back, as user_data.
template <typename Call>
class Callback {
 public:
  explicit Callback(Call& call) noexcept : call_(&call) {}

  template <typename Argument>
  std::int32_t operator()(const Argument& argument) noexcept {
    return guarded(caught_, [&]() -> std::int32_t {
      using Returned = std::invoke_result_t<Call&, const Argument&>;
      static_assert(std::is_void_v<Returned> || std::is_same_v<Returned, Next>,
                    "a callback returns nothing or a raddle::Next");
      if constexpr (std::is_void_v<Returned>) {
        (*call_)(argument);
        return 0;
      } else {
        return (*call_)(argument) == Next::kGoOn ? 0 : 1;
      }
    });
  }
  void rethrow() { caught_.rethrow(); }

 private:
  Call* call_;
  Caught caught_;
};

}  // namespace detail
}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
