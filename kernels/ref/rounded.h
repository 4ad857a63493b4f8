// SPDX-License-Identifier: Apache-2.0
// The one rounding of a reference kernel: what it has in double, as the type that it stores.
#pragma once

#include <concepts>

#include "kernels/bf16.h"
#include "runtime/base/bf16.h"

namespace raddle::kernels {

template <class T>
T rounded(double value) {
  if constexpr (std::same_as<T, Bf16>) {
    return Bf16{f32_to_bf16(static_cast<float>(value))};
  } else {
    return static_cast<T>(value);
  }
}

}  // namespace raddle::kernels
