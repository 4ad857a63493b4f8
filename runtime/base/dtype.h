// SPDX-License-Identifier: Apache-2.0
// Element types. Names and sizes follow safetensors ("F32", "I32", ...).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle {

enum class DType : uint8_t { kF32, kF64, kBF16, kF16, kI32, kI64, kU8, kU16, kU32 };

size_t dtype_bytes(DType dtype);
std::string_view dtype_name(DType dtype);            // "F32"
StatusOr<DType> parse_dtype(std::string_view name);  // INVALID_ARGUMENT names the known ones

}  // namespace raddle
