// SPDX-License-Identifier: Apache-2.0
// What a call returns: Status or Result<T>, and Error, which they throw where there are exceptions.
#pragma once

#include <raddle/status.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "raddle/cpp/enums.hpp"
#include "raddle/cpp/language.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

// Success, or an error with a code for what to do next, a scope for what is broken, and a message
// for people. Copies share it.
class [[nodiscard]] Status {
 public:
  Status() noexcept = default;
  Status(Code code, Scope scope, std::string message)
      : error_(std::make_shared<const Detail>(Detail{code, scope, std::move(message)})) {}
  // Takes over what a function of the C ABI returned; NULL is success.
  explicit Status(raddle_status_t taken) {
    if (taken == nullptr) return;
    *this = Status(static_cast<Code>(raddle_status_code(taken)),
                   static_cast<Scope>(raddle_status_scope(taken)), raddle_status_message(taken));
    raddle_status_destroy(&taken);
  }

  bool ok() const noexcept { return error_ == nullptr; }
  explicit operator bool() const noexcept { return ok(); }
  Code code() const noexcept { return ok() ? Code::kOk : error_->code; }
  Scope scope() const noexcept { return ok() ? Scope::kCall : error_->scope; }
  // Valid while the status or a copy of it lives; "" for success.
  std::string_view message() const noexcept {
    return ok() ? std::string_view() : std::string_view(error_->message);
  }
  // Zero-terminated, for std::fprintf and what().
  const char* c_message() const noexcept { return ok() ? "" : error_->message.c_str(); }

  // Throws an Error unless ok(). Without exceptions: writes the message to stderr and aborts.
  void or_throw() const;

 private:
  struct Detail {
    Code code;
    Scope scope;
    std::string message;
  };
  std::shared_ptr<const Detail> error_;
};

#if RADDLE_CPP_EXCEPTIONS
// A Status that is not ok, as an exception.
class Error : public std::exception {
 public:
  explicit Error(Status status) noexcept : status_(std::move(status)) {}
  const char* what() const noexcept override { return status_.c_message(); }
  const Status& status() const noexcept { return status_; }
  Code code() const noexcept { return status_.code(); }
  Scope scope() const noexcept { return status_.scope(); }

 private:
  Status status_;
};
#endif

inline void Status::or_throw() const {
  if (ok()) return;
#if RADDLE_CPP_EXCEPTIONS
  throw Error(*this);
#else
  std::fprintf(stderr, "raddle: %s\n", c_message());
  std::abort();
#endif
}

// A T, or the Status that says why there is none. *result, result-> and value() check: of a failed
// call they do what Status::or_throw() does.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status status) : status_(std::move(status)) {
    if (!status_.ok()) return;
    status_ = Status(Code::kInternal, Scope::kCall, "a Result was made of a success without value");
  }

  bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  const Status& status() const noexcept { return status_; }
  Code code() const noexcept { return status_.code(); }
  Scope scope() const noexcept { return status_.scope(); }
  std::string_view message() const noexcept { return status_.message(); }

  T& value() & { return status_.or_throw(), *value_; }
  const T& value() const& { return status_.or_throw(), *value_; }
  // By value, so that `for (auto& row : rows().value())` walks something that is still there.
  T value() && { return status_.or_throw(), *std::move(value_); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T otherwise) && { return ok() ? *std::move(value_) : std::move(otherwise); }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
