// SPDX-License-Identifier: Apache-2.0
// Status: what went wrong, how much it broke, and what to do.
//
//   Status open(const std::string& path) {
//     if (!exists(path)) return not_found("token file {} does not exist; check data.path", path);
//     RADDLE_RETURN_IF_ERROR(read_header(path));
//     RADDLE_ASSIGN_OR_RETURN(auto size, file_size(path));
//     return Status::ok();
//   }
//
// Whoever decides that something is an error writes the message; everybody else passes it on. Pick
// the code by what the caller should do next, the scope by the largest thing that is broken.
#pragma once

#include <fmt/core.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/assert.h"

namespace raddle {

// Values are part of the ABI (include/raddle/status.h) and never change.
enum class Code : int {
  kOk = 0,
  kInvalidArgument = 1,     // fix the call or the configuration
  kNotFound = 2,            // name something that exists
  kAlreadyExists = 3,       // name something else, or resume
  kFailedPrecondition = 4,  // do something else first; do not retry
  kOutOfRange = 5,          // past the end of the data
  kResourceExhausted = 6,   // memory or disk is short; the message says by how much
  kUnavailable = 7,         // a device, library or peer is missing; may be retried
  kDataLoss = 8,            // a file or message is damaged
  kUnimplemented = 9,       // the feature does not exist; use what the message names
  kCancelled = 10,          // stopped on request
  kAborted = 11,            // restart the step
  kNumeric = 12,            // the run diverged
  kIo = 13,                 // the operating system refused an operation
  kInternal = 14,           // a bug in Raddle
};

// The largest entity that is broken, so that recovery can act without knowing the cause.
enum class Scope : int { kCall = 0, kDevice = 1, kPeer = 2, kGroup = 3, kJob = 4 };

std::string_view code_name(Code code);     // "INVALID_ARGUMENT"
std::string_view scope_name(Scope scope);  // "call"

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message, Scope scope = Scope::kCall);
  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;

  static Status ok() { return Status(); }

  bool is_ok() const { return rep_ == nullptr; }
  Code code() const { return rep_ ? rep_->code : Code::kOk; }
  Scope scope() const { return rep_ ? rep_->scope : Scope::kCall; }
  const std::string& message() const;
  std::string to_string() const;  // "INVALID_ARGUMENT: ..." or "OK"

  // Puts "context: " before the message; no-op when OK.
  Status with_context(std::string_view context) &&;
  Status with_scope(Scope scope) &&;

 private:
  struct Rep {
    Code code;
    Scope scope;
    std::string message;
  };
  std::unique_ptr<Rep> rep_;  // null when OK: success costs one pointer
};

template <class T>
class [[nodiscard]] StatusOr {
 public:
  StatusOr(Status status) : status_(std::move(status)) { RADDLE_ASSERT(!status_.is_ok()); }
  StatusOr(T result) : value_(std::move(result)) {}

  bool is_ok() const { return value_.has_value(); }
  const Status& status() const& { return status_; }
  Status status() && { return std::move(status_); }
  T& value() & {
    RADDLE_ASSERT(value_.has_value());
    return *value_;
  }
  const T& value() const& {
    RADDLE_ASSERT(value_.has_value());
    return *value_;
  }
  T value() && {
    RADDLE_ASSERT(value_.has_value());
    return std::move(*value_);
  }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }

 private:
  Status status_;
  std::optional<T> value_;
};

// One constructor per code, each formatting its message with fmt.
#define RADDLE_DEFINE_ERROR_(function, code_value)                               \
  template <class... Args>                                                       \
  Status function(fmt::format_string<Args...> format, Args&&... args) {          \
    return Status(code_value, fmt::format(format, std::forward<Args>(args)...)); \
  }
RADDLE_DEFINE_ERROR_(invalid_argument, Code::kInvalidArgument)
RADDLE_DEFINE_ERROR_(not_found, Code::kNotFound)
RADDLE_DEFINE_ERROR_(already_exists, Code::kAlreadyExists)
RADDLE_DEFINE_ERROR_(failed_precondition, Code::kFailedPrecondition)
RADDLE_DEFINE_ERROR_(out_of_range, Code::kOutOfRange)
RADDLE_DEFINE_ERROR_(resource_exhausted, Code::kResourceExhausted)
RADDLE_DEFINE_ERROR_(unavailable, Code::kUnavailable)
RADDLE_DEFINE_ERROR_(data_loss, Code::kDataLoss)
RADDLE_DEFINE_ERROR_(unimplemented, Code::kUnimplemented)
RADDLE_DEFINE_ERROR_(cancelled, Code::kCancelled)
RADDLE_DEFINE_ERROR_(aborted, Code::kAborted)
RADDLE_DEFINE_ERROR_(numeric_error, Code::kNumeric)
RADDLE_DEFINE_ERROR_(io_error, Code::kIo)
RADDLE_DEFINE_ERROR_(internal_error, Code::kInternal)
#undef RADDLE_DEFINE_ERROR_

}  // namespace raddle

#define RADDLE_CONCAT_INNER_(a, b) a##b
#define RADDLE_CONCAT_(a, b) RADDLE_CONCAT_INNER_(a, b)

#define RADDLE_RETURN_IF_ERROR(expression)              \
  do {                                                  \
    ::raddle::Status raddle_status_ = (expression);     \
    if (!raddle_status_.is_ok()) return raddle_status_; \
  } while (false)

#define RADDLE_ASSIGN_OR_RETURN(declaration, expression) \
  RADDLE_ASSIGN_OR_RETURN_INNER_(RADDLE_CONCAT_(raddle_or_, __LINE__), declaration, expression)
#define RADDLE_ASSIGN_OR_RETURN_INNER_(temporary, declaration, expression) \
  auto temporary = (expression);                                           \
  if (!temporary.is_ok()) return std::move(temporary).status();            \
  declaration = std::move(temporary).value()
