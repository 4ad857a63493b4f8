// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/status.h"

namespace raddle {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::kOk:
      return "OK";
    case Code::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case Code::kNotFound:
      return "NOT_FOUND";
    case Code::kAlreadyExists:
      return "ALREADY_EXISTS";
    case Code::kFailedPrecondition:
      return "FAILED_PRECONDITION";
    case Code::kOutOfRange:
      return "OUT_OF_RANGE";
    case Code::kResourceExhausted:
      return "RESOURCE_EXHAUSTED";
    case Code::kUnavailable:
      return "UNAVAILABLE";
    case Code::kDataLoss:
      return "DATA_LOSS";
    case Code::kUnimplemented:
      return "UNIMPLEMENTED";
    case Code::kCancelled:
      return "CANCELLED";
    case Code::kAborted:
      return "ABORTED";
    case Code::kNumeric:
      return "NUMERIC";
    case Code::kIo:
      return "IO";
    case Code::kInternal:
      return "INTERNAL";
  }
  return "UNKNOWN";
}

std::string_view scope_name(Scope scope) {
  switch (scope) {
    case Scope::kCall:
      return "call";
    case Scope::kDevice:
      return "device";
    case Scope::kPeer:
      return "peer";
    case Scope::kGroup:
      return "group";
    case Scope::kJob:
      return "job";
  }
  return "unknown";
}

Status::Status(Code code, std::string message, Scope scope)
    : rep_(std::make_unique<Rep>(Rep{code, scope, std::move(message)})) {
  RADDLE_ASSERT(code != Code::kOk);
}

Status::Status(const Status& other)
    : rep_(other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr) {}

Status& Status::operator=(const Status& other) {
  rep_ = other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr;
  return *this;
}

const std::string& Status::message() const {
  static const std::string& empty = *new std::string;  // exit() must not destroy it
  return rep_ ? rep_->message : empty;
}

std::string Status::to_string() const {
  return rep_ ? fmt::format("{}: {}", code_name(rep_->code), rep_->message) : "OK";
}

Status Status::with_context(std::string_view context) && {
  if (rep_) rep_->message = fmt::format("{}: {}", context, rep_->message);
  return std::move(*this);
}

Status Status::with_scope(Scope scope) && {
  if (rep_) rep_->scope = scope;
  return std::move(*this);
}

}  // namespace raddle
