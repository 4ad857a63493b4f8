// SPDX-License-Identifier: Apache-2.0
// The definition of tile and fold: plain loops in double.
#include "kernels/ops/tile.h"

#include "kernels/ref/rounded.h"

namespace raddle::kernels {
namespace {

int64_t copies_of(int64_t column, int64_t narrow, int64_t wide) {
  return (wide - column + narrow - 1) / narrow;
}

template <class T>
Status tile(const TileArgsOf<T>& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t c = 0; c < a.wide; ++c) {
      const int64_t from = c % a.narrow;
      const double value = a.x[row * a.narrow + from];
      const double copies = static_cast<double>(copies_of(from, a.narrow, a.wide));
      a.y[row * a.wide + c] = rounded<T>(a.mean ? value / copies : value);
    }
  }
  return Status::ok();
}

template <class T>
Status fold(const FoldArgsOf<T>& a, const Launch&) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t c = 0; c < a.narrow; ++c) {
      double sum = 0;
      for (int64_t from = c; from < a.wide; from += a.narrow) sum += a.y[row * a.wide + from];
      const double copies = static_cast<double>(copies_of(c, a.narrow, a.wide));
      a.x[row * a.narrow + c] = rounded<T>(a.mean ? sum / copies : sum);
    }
  }
  return Status::ok();
}

}  // namespace

constinit const Kernel<TileArgs> kTileRef = {"tile:ref", accept_any, no_scratch, tile,
                                             RunsOn::kHostCode};
constinit const Kernel<TileArgsOf<Bf16>> kTileRefBf16 = {"tile:ref", accept_any, no_scratch, tile,
                                                         RunsOn::kHostCode};
constinit const Kernel<FoldArgs> kFoldRef = {"fold:ref", accept_any, no_scratch, fold,
                                             RunsOn::kHostCode};
constinit const Kernel<FoldArgsOf<Bf16>> kFoldRefBf16 = {"fold:ref", accept_any, no_scratch, fold,
                                                         RunsOn::kHostCode};

}  // namespace raddle::kernels
