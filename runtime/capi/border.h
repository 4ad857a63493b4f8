// SPDX-License-Identifier: Apache-2.0
// The border between the C ABI and the C++ core. Every exported function that can fail has the form
//
//   raddle_status_t raddle_thing_do(raddle_thing_t* thing, const char* name) {
//     return border(__func__, {RADDLE_ARGUMENT(thing), RADDLE_ARGUMENT(name)}, [&]() -> Status {
//       return thing->object.do_it(name);
//     });
//   }
//
// so that one place checks for NULL, refuses handles that are busy (busy.h), catches what is thrown
// and makes the error's handle.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>
#include <string_view>

#include "raddle/status.h"
#include "runtime/base/status.h"
#include "runtime/capi/busy.h"

// A status handle is never made for OK.
struct raddle_status {
  raddle::Status status;
};

namespace raddle::capi {

// A handle through a pointer to const is shared with other calls that read it; through another
// pointer the call has it alone. Any other pointer is only compared with NULL.
struct Argument {
  Argument(const char* given_name, const void* given) : name(given_name), pointer(given) {}
  Argument(const char* given_name, const Lockable* given)
      : Argument(given_name, given, Hold::Share::kRead) {}
  Argument(const char* given_name, Lockable* given)
      : Argument(given_name, given, Hold::Share::kAlone) {}
  Argument(const char* given_name, Shareable* given)
      : Argument(given_name, given, Hold::Share::kRead) {}
  Argument(const char* given_name, const Lockable* given, Hold::Share wanted)
      : name(given_name), pointer(given), handle(given), share(wanted) {}

  const char* name;
  const void* pointer;
  const Lockable* handle = nullptr;
  Hold::Share share = Hold::Share::kRead;
  bool optional = false;
};
#define RADDLE_ARGUMENT(argument) \
  ::raddle::capi::Argument { #argument, argument }
// A handle through a pointer to const in which the call changes something all the same.
#define RADDLE_ARGUMENT_ALONE(argument) \
  ::raddle::capi::Argument { #argument, argument, ::raddle::capi::Hold::Share::kAlone }
// A handle of which the call needs all, also through a pointer to const; but it may be made inside
// a callback of a call on it.
#define RADDLE_ARGUMENT_INSIDE(argument) \
  ::raddle::capi::Argument { #argument, argument, ::raddle::capi::Hold::Share::kAloneOrInside }

// A handle that may be NULL.
Argument optional_argument(Argument argument);
#define RADDLE_OPTIONAL_ARGUMENT(argument) ::raddle::capi::optional_argument({#argument, argument})

// Null for OK. Never throws: when there is no memory for the handle, a static one says so.
raddle_status_t to_handle(Status status) noexcept;
bool is_static(raddle_status_t status) noexcept;

// The handles of a call, held for its length.
class Holds {
 public:
  // INVALID_ARGUMENT naming the first argument that is NULL, FAILED_PRECONDITION the first that is
  // busy.
  Status acquire(const char* function, std::initializer_list<Argument> arguments);

 private:
  std::array<Hold, 4> holds_;  // released in reverse order
};

template <class Body>
raddle_status_t border(const char* function, std::initializer_list<Argument> arguments,
                       Body&& body) noexcept {
  try {
    Holds holds;
    Status status = holds.acquire(function, arguments);
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

// The same for one that reads `argument`: also what it returns if that is busy.
template <class Result, class Body>
Result border_value(Result otherwise, const char* function, const Argument& argument,
                    Body&& body) noexcept {
  return border_value(otherwise, [&] {
    Holds holds;
    return holds.acquire(function, {argument}).is_ok() ? body() : otherwise;
  });
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
  T known = defaults;  // for what a smaller struct has not
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
