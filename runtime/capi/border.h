// SPDX-License-Identifier: Apache-2.0
// The border between the C ABI and the C++ core. Every exported function that can fail has the form
//
//   raddle_status_t raddle_thing_do(raddle_thing_t* thing, const char* name) {
//     return border(__func__, {RADDLE_ARGUMENT(thing), RADDLE_ARGUMENT(name)}, [&]() -> Status {
//       return thing->object.do_it(name);
//     });
//   }
//
// so that one place checks for NULL, catches what is thrown and makes the error's handle.
#pragma once

#include <cstddef>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>
#include <string_view>

#include "raddle/status.h"
#include "runtime/base/status.h"

// A status handle is never made for OK.
struct raddle_status {
  raddle::Status status;
};

namespace raddle::capi {

struct Argument {
  const char* name;
  const void* pointer;
};
#define RADDLE_ARGUMENT(argument) \
  ::raddle::capi::Argument { #argument, argument }

// Null for OK. Never throws: when there is no memory for the handle, a static one says so.
raddle_status_t to_handle(Status status) noexcept;
bool is_static(raddle_status_t status) noexcept;

// INVALID_ARGUMENT naming the first argument that is NULL.
Status check_arguments(const char* function, std::initializer_list<Argument> arguments);

template <class Body>
raddle_status_t border(const char* function, std::initializer_list<Argument> arguments,
                       Body&& body) noexcept {
  try {
    Status status = check_arguments(function, arguments);
    return to_handle(status.is_ok() ? body() : std::move(status));
  } catch (const std::bad_alloc&) {
    return to_handle(Status(Code::kResourceExhausted, "out of memory"));
  } catch (const std::exception& error) {
    return to_handle(
        internal_error("{}: an exception got as far as the ABI: {}", function, error.what()));
  } catch (...) {
    return to_handle(internal_error("{}: an unknown exception got as far as the ABI", function));
  }
}

// For functions that cannot fail: what they return if something is thrown all the same.
template <class Result, class Body>
Result border_value(Result otherwise, Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return otherwise;
  }
}

// ---- structs whose first field is struct_size -------------------------------------------------

// INVALID_ARGUMENT if `struct_size` cannot be one, or if what lies beyond `known` bytes is not
// zero.
Status check_struct(const char* name, const void* given, size_t known);
// The same for a struct that will be written: nothing beyond is looked at.
Status check_output_struct(const char* name, const void* given);

// What the caller gave, at this library's size: `defaults` where it gave nothing.
template <class T>
StatusOr<T> read_struct(const char* name, const T* given, const T& defaults) {
  if (given == nullptr) return defaults;
  RADDLE_RETURN_IF_ERROR(check_struct(name, given, sizeof(T)));
  T known{};
  size_t given_bytes = 0;
  std::memcpy(&given_bytes, given, sizeof(size_t));
  std::memcpy(&known, given, given_bytes < sizeof(T) ? given_bytes : sizeof(T));
  known.struct_size = sizeof(T);
  return known;
}

// Writes what the caller has room for. check_output_struct() has passed.
template <class T>
void write_struct(T* out, const T& value) {
  size_t room = 0;
  std::memcpy(&room, out, sizeof(size_t));
  const size_t bytes = room < sizeof(T) ? room : sizeof(T);
  std::memcpy(reinterpret_cast<char*>(out) + sizeof(size_t),
              reinterpret_cast<const char*>(&value) + sizeof(size_t), bytes - sizeof(size_t));
}

// A zero-terminated copy for raddle_text_destroy(); throws std::bad_alloc.
char* copy_text(std::string_view text);

}  // namespace raddle::capi
