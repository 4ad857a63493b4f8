// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "kernels/cpu/state/random_fill.h"
#include "runtime/base/hash.h"
#include "runtime/device/cpu/worker_pool.h"
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

// Elements [begin, end) of a structured start.
void fill_structured(const ParameterInfo& info, int64_t begin, int64_t end, std::span<float> out) {
  const int64_t cols = info.shape.last();
  for (int64_t i = begin; i < end; ++i) {
    out[static_cast<size_t>(i)] = structured(info, i / cols, i % cols);
  }
}

// Element i is normal i of the parameter's stream; `begin` is a multiple of the four normals that a
// counter gives.
void fill_unstructured(const ParameterInfo& info, uint64_t seed, int64_t begin, int64_t end,
                       std::span<float> out) {
  kernels::fill_normal(seed, hash_text(info.name), static_cast<uint64_t>(begin / 4),
                       static_cast<float>(info.init.value),
                       out.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
}

// Elements [begin, end) of rows that repeat the normals that they would have if they were only
// `period` wide, so that a wide table starts as copies of the narrow one.
void fill_periodic_normal(const ParameterInfo& info, uint64_t seed, int64_t begin, int64_t end,
                          std::span<float> out) {
  const uint64_t stream = hash_text(info.name);
  const auto scale = static_cast<float>(info.init.value);
  const int64_t cols = info.shape.last(), period = info.init.period;
  std::vector<float> draws(static_cast<size_t>(period + 3));
  for (int64_t row = begin / cols; row * cols < end; ++row) {
    const int64_t first = row * period, skip = first % 4;
    kernels::fill_normal(seed, stream, static_cast<uint64_t>(first / 4), scale,
                         std::span(draws).first(static_cast<size_t>(period + skip)));
    const int64_t from = std::max(begin, row * cols), to = std::min(end, (row + 1) * cols);
    for (int64_t i = from; i < to; ++i) {
      out[static_cast<size_t>(i)] = draws[static_cast<size_t>(skip + i % cols % period)];
    }
  }
}

void fill(const ParameterInfo& info, uint64_t seed, int64_t begin, int64_t end,
          std::span<float> out) {
  if (info.init.kind != Init::Kind::kNormal) {
    fill_structured(info, begin, end, out);
  } else if (info.init.period > 0) {
    fill_periodic_normal(info, seed, begin, end, out);
  } else {
    fill_unstructured(info, seed, begin, end, out);
  }
}

// A part of one parameter.
struct Piece {
  int32_t parameter;
  int64_t begin, end;
};

std::vector<Piece> cut_into_pieces(int32_t parameter, int64_t count) {
  constexpr int64_t kElements = 1 << 16;
  std::vector<Piece> pieces;
  for (int64_t begin = 0; begin < count; begin += kElements) {
    pieces.push_back({parameter, begin, std::min(begin + kElements, count)});
  }
  return pieces;
}

constexpr Role kZeroed[] = {Role::kGradient, Role::kMoment1, Role::kMoment2};

void zero(StateStore& store, const Piece& piece) {
  for (const Role role : kZeroed) {
    if (!store.has(piece.parameter, role)) continue;
    const ElementRange shard = store.record(piece.parameter, role).shard;
    const ElementRange here = plan::common_range({piece.begin, piece.end}, shard);
    const std::span<float> values = store.values(piece.parameter, role);
    std::fill_n(values.begin() + (here.begin - shard.begin), here.count(), 0.0f);
  }
}

Status initialize_host(StateStore& store, uint64_t seed, device::WorkerPool& pool,
                       const StopToken* stop) {
  std::vector<Piece> pieces;
  std::vector<std::span<float>> masters;  // asked for here, as asking notes that they change
  for (size_t i = 0; i < store.parameters().size(); ++i) {
    const auto parameter = static_cast<int32_t>(i);
    const auto of_one = cut_into_pieces(parameter, store.parameters()[i].elements());
    pieces.insert(pieces.end(), of_one.begin(), of_one.end());
    masters.push_back(store.values(parameter, Role::kMaster));
  }
  pool.run(static_cast<int64_t>(pieces.size()), [&](int64_t task, int) {
    if (stop != nullptr && stop->is_set()) return;
    const Piece& piece = pieces[static_cast<size_t>(task)];
    const auto parameter = static_cast<size_t>(piece.parameter);
    fill(store.parameters()[parameter], seed, piece.begin, piece.end, masters[parameter]);
    zero(store, piece);
  });
  return store.round_copies();
}

}  // namespace

Status initialize(StateStore& store, uint64_t seed, device::WorkerPool& pool,
                  const StopToken* stop) {
  if (store.is_host()) {
    RADDLE_RETURN_IF_ERROR(initialize_host(store, seed, pool, stop));
    return check_stop(stop, "drawing the weights");
  }
  std::vector<float> values;
  for (size_t i = 0; i < store.parameters().size(); ++i) {
    RADDLE_RETURN_IF_ERROR(check_stop(stop, "drawing the weights"));
    const auto parameter = static_cast<int32_t>(i);
    const ParameterInfo& info = store.parameters()[i];
    values.assign(static_cast<size_t>(info.elements()), 0.0f);
    for (const Role role : kZeroed) {
      if (!store.has(parameter, role)) continue;
      const ElementRange shard = store.record(parameter, role).shard;
      const auto zeros = std::span(values).first(static_cast<size_t>(shard.count()));
      RADDLE_RETURN_IF_ERROR(store.write(parameter, role, shard.begin, zeros));
    }
    const std::vector<Piece> pieces = cut_into_pieces(parameter, info.elements());
    pool.run(static_cast<int64_t>(pieces.size()), [&](int64_t task, int) {
      const Piece& piece = pieces[static_cast<size_t>(task)];
      fill(info, seed, piece.begin, piece.end, values);
    });
    RADDLE_RETURN_IF_ERROR(store.write(parameter, Role::kMaster, 0, values));
  }
  return Status::ok();
}

}  // namespace raddle::exec
