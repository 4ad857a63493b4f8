// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/hash.h"
#include "runtime/base/random.h"
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

// Normals from the counter of their element; with a period, of the element's residue in its row.
void fill_normal(const ParameterInfo& info, uint64_t seed, device::WorkerPool& pool,
                 std::span<float> out) {
  const uint64_t stream = hash_text(info.name);
  const auto scale = static_cast<float>(info.init.value);
  const int64_t cols = info.shape.last();
  const int64_t period = info.init.period > 0 ? info.init.period : 0;
  const auto count = static_cast<int64_t>(out.size());
  constexpr int64_t kGrain = 1 << 14;  // a multiple of the four normals that a counter gives
  if (period == 0) {
    pool.run_chunks(count, kGrain, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; i += 4) {
        const auto four = philox_normal(seed, stream, static_cast<uint64_t>(i / 4));
        for (int64_t j = i; j < std::min(i + 4, end); ++j) {
          out[static_cast<size_t>(j)] = scale * four[static_cast<size_t>(j - i)];
        }
      }
    });
    return;
  }
  pool.run_chunks(count, kGrain, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t draw = i / cols * period + i % cols % period;
      const auto four = philox_normal(seed, stream, static_cast<uint64_t>(draw / 4));
      out[static_cast<size_t>(i)] = scale * four[static_cast<size_t>(draw % 4)];
    }
  });
}

}  // namespace

void initialize(StateStore& store, uint64_t seed, device::WorkerPool& pool) {
  for (size_t i = 0; i < store.parameters().size(); ++i) {
    const ParameterInfo& info = store.parameters()[i];
    const std::span<float> out = store.values(static_cast<int32_t>(i), Role::kMaster);
    if (info.init.kind == Init::Kind::kNormal) {
      fill_normal(info, seed, pool, out);
    } else {
      fill_structured(info, out);
    }
  }
}

}  // namespace raddle::exec
