// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "kernels/cpu/random_fill.h"
#include "runtime/base/hash.h"
#include "runtime/exec/state_store.h"

namespace raddle::exec {
namespace {

using graph::Init;

// Element (row, col) of a structured start; see graph::Init.
float structured(const ParameterInfo& info, int64_t row, int64_t col) {
  const int64_t rows = info.shape.rows(), cols = info.shape.last();
  switch (info.init.kind) {
    case Init::Kind::kOnes:
      return 1.0f;
    case Init::Kind::kConstant:
      return static_cast<float>(info.init.value);
    case Init::Kind::kStackedIdentity:
      return row % cols == col ? 1.0f : 0.0f;
    case Init::Kind::kResidueAverage: {
      const int64_t copies = cols / rows + (row < cols % rows ? 1 : 0);
      return col % rows == row ? 1.0f / static_cast<float>(copies) : 0.0f;
    }
    case Init::Kind::kHyperConnection: {
      const int64_t m = info.init.period, n = rows;
      if (col < m) return row == col ? 1.0f : 0.0f;          // Aread = [I_m; 0]
      if (col < m + n) return row == col - m ? 1.0f : 0.0f;  // Acarry = I_n
      return row % m == col - m - n ? 1.0f : 0.0f;           // B[i, j] = 1 iff i = j mod m
    }
    case Init::Kind::kZeros:
    case Init::Kind::kNormal:
      break;
  }
  return 0.0f;
}

void fill_structured(const ParameterInfo& info, std::span<float> out) {
  const int64_t cols = info.shape.last();
  for (size_t i = 0; i < out.size(); ++i) {
    const auto element = static_cast<int64_t>(i);
    out[i] = structured(info, element / cols, element % cols);
  }
}

// Element i is normal i of the parameter's stream.
void fill_normal(const ParameterInfo& info, uint64_t seed, device::WorkerPool& pool,
                 std::span<float> out) {
  const uint64_t stream = hash_text(info.name);
  const auto scale = static_cast<float>(info.init.value);
  constexpr int64_t kGrain = 1 << 14;  // a multiple of the four normals that a counter gives
  pool.run_chunks(static_cast<int64_t>(out.size()), kGrain, [&](int64_t begin, int64_t end, int) {
    kernels::fill_normal(seed, stream, static_cast<uint64_t>(begin / 4), scale,
                         out.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
  });
}

// A row repeats the normals that it would have if it were only `period` wide, so that a wide table
// starts as copies of the narrow one.
void fill_periodic_normal(const ParameterInfo& info, uint64_t seed, device::WorkerPool& pool,
                          std::span<float> out) {
  const uint64_t stream = hash_text(info.name);
  const auto scale = static_cast<float>(info.init.value);
  const int64_t cols = info.shape.last(), period = info.init.period;
  constexpr int64_t kGrain = 16;  // rows
  pool.run_chunks(info.shape.rows(), kGrain, [&](int64_t begin, int64_t end, int) {
    std::vector<float> draws(static_cast<size_t>(period + 3));
    for (int64_t row = begin; row < end; ++row) {
      const int64_t first = row * period, skip = first % 4;  // a counter gives four
      kernels::fill_normal(seed, stream, static_cast<uint64_t>(first / 4), scale,
                           std::span(draws).first(static_cast<size_t>(period + skip)));
      for (int64_t col = 0; col < cols; ++col) {
        out[static_cast<size_t>(row * cols + col)] =
            draws[static_cast<size_t>(skip + col % period)];
      }
    }
  });
}

}  // namespace

void initialize(StateStore& store, uint64_t seed, device::WorkerPool& pool) {
  for (size_t i = 0; i < store.parameters().size(); ++i) {
    const ParameterInfo& info = store.parameters()[i];
    const std::span<float> out = store.values(static_cast<int32_t>(i), Role::kMaster);
    if (info.init.kind != Init::Kind::kNormal) {
      fill_structured(info, out);
    } else if (info.init.period > 0) {
      fill_periodic_normal(info, seed, pool, out);
    } else {
      fill_normal(info, seed, pool, out);
    }
  }
}

}  // namespace raddle::exec
