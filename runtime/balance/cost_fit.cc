// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/cost_fit.h"

#include <cmath>

#include "runtime/balance/cost_model.h"

namespace raddle::balance {
namespace {

Status check_rows(std::span<const Measured> rows) {
  if (rows.empty()) return invalid_argument("nothing is measured, expected at least one row");
  for (const Measured& row : rows) {
    if (row.tokens < 1 || row.tokens > kMaxTokens || row.time_ps < 1 || row.time_ps > kMaxWorkPs) {
      return invalid_argument(
          "{} tokens take {} picoseconds, expected 1 to {} tokens and a time from 1 to {}",
          row.tokens, row.time_ps, kMaxTokens, kMaxWorkPs);
    }
  }
  return Status::ok();
}

}  // namespace

int64_t Fit::time_ps(int64_t tokens) const {
  const auto s = static_cast<double>(tokens);
  return std::llround(static_cast<double>(attention_fs_per_token2) * 1e-3 * s * s +
                      static_cast<double>(linear_ps_per_token) * s);
}

// Each row says a x + b y = 1, where x = s^2 / t and y = s / t: the normal equations of relative
// errors.
StatusOr<Fit> fit_quadratic(std::span<const Measured> rows) {
  RADDLE_RETURN_IF_ERROR(check_rows(rows));
  double xx = 0, xy = 0, yy = 0, x1 = 0, y1 = 0;
  bool two_lengths = false;
  for (const Measured& row : rows) {
    const auto s = static_cast<double>(row.tokens), t = static_cast<double>(row.time_ps);
    const double x = s * s / t, y = s / t;
    xx += x * x;
    xy += x * y;
    yy += y * y;
    x1 += x;
    y1 += y;
    two_lengths = two_lengths || row.tokens != rows.front().tokens;
  }
  if (!two_lengths) {
    return invalid_argument(
        "all rows are of {} tokens, and a quadratic term needs two lengths; measure another",
        rows.front().tokens);
  }
  const double determinant = xx * yy - xy * xy;
  const double a = (x1 * yy - y1 * xy) / determinant, b = (y1 * xx - x1 * xy) / determinant;
  if (!(a >= 0 && b >= 0 && a < 1e6 && b < 1e12)) {
    return invalid_argument(
        "the measured times give {} picoseconds a token squared and {} a token, expected neither "
        "negative nor huge; measure again, with longer sequences",
        a, b);
  }
  return Fit{std::llround(a * 1e3), std::llround(b)};
}

StatusOr<Fit> fit_linear(std::span<const Measured> rows) {
  RADDLE_RETURN_IF_ERROR(check_rows(rows));
  double yy = 0, y1 = 0;
  for (const Measured& row : rows) {
    const double y = static_cast<double>(row.tokens) / static_cast<double>(row.time_ps);
    yy += y * y;
    y1 += y;
  }
  return Fit{0, std::llround(y1 / yy)};
}

}  // namespace raddle::balance
