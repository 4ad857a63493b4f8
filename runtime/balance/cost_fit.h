// SPDX-License-Identifier: Apache-2.0
// Coefficients from measured times: T(s) = a s^2 + b s, or b s alone, nearest by relative error.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/base/status.h"

namespace raddle::balance {

struct Measured {
  int64_t tokens = 0, time_ps = 0;
};

struct Fit {
  int64_t attention_fs_per_token2 = 0, linear_ps_per_token = 0;
  int64_t time_ps(int64_t tokens) const;
};

// INVALID_ARGUMENT: fewer than two lengths, a time that is not positive, or times that fall so that
// a coefficient would be negative.
StatusOr<Fit> fit_quadratic(std::span<const Measured> rows);
StatusOr<Fit> fit_linear(std::span<const Measured> rows);  // one length will do

}  // namespace raddle::balance
