// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/border.h"

#include <cstdlib>

namespace raddle::capi {

namespace {
// Made when the library is loaded, so that it is there when there is no memory; never destroyed.
raddle_status& out_of_memory_status =
    *new raddle_status{Status(Code::kResourceExhausted, "out of memory")};
}  // namespace

raddle_status_t to_handle(Status status) noexcept {
  if (status.is_ok()) return nullptr;
  auto* handle = new (std::nothrow) raddle_status{std::move(status)};
  return handle != nullptr ? handle : &out_of_memory_status;
}

bool is_static(raddle_status_t status) noexcept { return status == &out_of_memory_status; }

Argument optional_argument(Argument argument) {
  argument.optional = true;
  return argument;
}

Status Holds::acquire(const char* function, std::initializer_list<Argument> arguments) {
  for (const Argument& argument : arguments) {
    if (argument.pointer == nullptr && !argument.optional) {
      return invalid_argument("{}: argument '{}' is NULL", function, argument.name);
    }
  }
  size_t count = 0;
  for (const Argument& argument : arguments) {
    if (argument.handle == nullptr) continue;
    RADDLE_ASSERT(count < holds_.size());
    RADDLE_RETURN_IF_ERROR(
        holds_[count++].acquire(argument.handle, argument.name, argument.share, function));
  }
  return Status::ok();
}

Status check_output_struct(const char* name, const void* given) {
  // No struct of this ABI will be as large; whole words, so that no field is cut in two.
  constexpr size_t kMost = 1 << 16;
  size_t bytes = 0;
  std::memcpy(&bytes, given, sizeof(bytes));
  if (bytes < sizeof(size_t) || bytes > kMost || bytes % sizeof(size_t) != 0) {
    return invalid_argument(
        "{}: struct_size is {}, expected a multiple of {} up to {}; initialise the struct with its "
        "_INIT macro",
        name, bytes, sizeof(size_t), kMost);
  }
  return Status::ok();
}

Status check_struct(const char* name, const void* given, size_t known) {
  RADDLE_RETURN_IF_ERROR(check_output_struct(name, given));
  size_t bytes = 0;
  std::memcpy(&bytes, given, sizeof(bytes));
  const auto* content = static_cast<const unsigned char*>(given);
  for (size_t i = known; i < bytes; ++i) {
    if (content[i] == 0) continue;
    return invalid_argument(
        "{}: struct_size is {}, this library knows {} bytes, and byte {} asks for something that "
        "it does not know; use a newer library or leave the new fields zero",
        name, bytes, known, i);
  }
  return Status::ok();
}

char* copy_text(std::string_view text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

}  // namespace raddle::capi
