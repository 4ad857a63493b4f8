// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/hyper_connection_plan.h"

#include <algorithm>

#include "runtime/base/assert.h"

namespace raddle::kernels::hyper_connection_cuda {
namespace {

using cuda::kColumnPad;
using cuda::kPanel;
using cuda::pad_to;
using cuda::SiteSizes;
using cuda::SiteTiles;

// About 64 slots keep 8 warps busy; more blocks than this and several are on each multiprocessor.
constexpr int64_t kSlotsOfBlock = 64, kMostTokens = 32, kEnoughBlocks = 264, kLargeBlocks = 64;
// Twice the multiprocessors of an H100: a partial sum each, or half of them where those are large.
constexpr int64_t kMostGroups = 264, kManyFloats = 16384, kTokensOfGroup = 8;

int64_t bytes_of(const SiteTiles& tiles) { return tiles.floats * int64_t{sizeof(float)}; }

int64_t most_tokens(const SiteShape& shape) {
  const int64_t by_slots = std::clamp<int64_t>(kSlotsOfBlock / shape.n, 1, kMostTokens);
  const int64_t by_grid = std::max<int64_t>(4, shape.rows / kEnoughBlocks);
  return std::max<int64_t>(1, std::min({by_slots, by_grid, shape.rows}));
}

SiteTiles choose_tiles(const SiteShape& shape, Use use) {
  const SiteSizes sizes = sizes_of(shape);
  const int64_t most = cuda::kMostSiteBytes;
  const int64_t few = is_backward(use) ? most : cuda::kForwardSiteBytes;
  for (int64_t tokens = most_tokens(shape); tokens >= 1; --tokens) {
    const SiteTiles tiles = tiles_of(sizes, use, tokens, shape.d);
    if (bytes_of(tiles) <= (tokens > 1 ? few : most)) return tiles;
  }
  SiteTiles best = tiles_of(sizes, use, 1, shape.d);
  for (int64_t width = kPanel; width < shape.d; width += kPanel) {
    const SiteTiles tiles = tiles_of(sizes, use, 1, width);
    if (bytes_of(tiles) <= (width > kPanel ? few : most)) best = tiles;
  }
  return best;
}

int64_t groups_of(const SiteShape& shape, int64_t partial_floats, bool is_large) {
  if (shape.rows == 0) return 0;
  const int64_t most = is_large                       ? kLargeBlocks
                       : partial_floats > kManyFloats ? kMostGroups / 2
                                                      : kMostGroups;
  return std::clamp<int64_t>((shape.rows + kTokensOfGroup - 1) / kTokensOfGroup, 1, most);
}

}  // namespace

SiteSizes sizes_of(const SiteShape& shape) {
  SiteSizes s{};
  s.rows = shape.rows;
  s.m = static_cast<int32_t>(shape.m);
  s.n = static_cast<int32_t>(shape.n);
  s.d = static_cast<int32_t>(shape.d);
  s.q = static_cast<int32_t>(shape.q());
  s.mp = static_cast<int32_t>(pad_to(shape.m, 4));
  s.np = static_cast<int32_t>(pad_to(shape.n, 4));
  s.qp = 2 * s.mp + s.np;
  s.dp = static_cast<int32_t>(pad_to(shape.d, kColumnPad));
  s.eps = shape.eps;
  s.is_dynamic = shape.dynamic;
  return s;
}

SiteTiles tiles_of(const SiteSizes& s, Use use, int64_t tokens, int64_t width) {
  SiteTiles t{};
  t.tokens = static_cast<int32_t>(tokens);
  t.width = static_cast<int32_t>(width);
  // 4 beyond a multiple of 16: the rows of two tiles of inner products are on different banks.
  t.stride = static_cast<int32_t>(pad_to(width, kColumnPad) + 4);
  t.panels = static_cast<int32_t>((s.d + kPanel - 1) / kPanel);
  const int64_t slots = tokens * s.n;
  const auto take = [&](int64_t floats) {
    const int64_t at = t.floats;
    t.floats += pad_to(floats, 4);
    return at;
  };
  // A tile may read coefficients of rows that are not there, and makes nothing of them.
  const int64_t matrix_rows = slots + cuda::kTileRows;
  t.state = take(slots * t.stride);
  if (use != Use::kRead) t.narrow = take(tokens * s.m * t.stride);
  if (is_backward(use)) t.other = take(slots * t.stride);
  t.matrix = take(matrix_rows * s.qp);
  if (use == Use::kBoundary) t.second = take(matrix_rows * s.qp);
  if (!reads(use)) return t;
  if (is_backward(use)) t.second = take(matrix_rows * s.mp);
  t.scale = take(slots);
  if (is_backward(use)) t.along = take(slots * t.panels);
  return t;
}

SitePlan plan_of(const SiteShape& shape, Use use) {
  SitePlan plan{};
  plan.tiles = choose_tiles(shape, use);
  plan.is_large = bytes_of(plan.tiles) > cuda::kMostSiteBytes;
  const SiteSizes s = sizes_of(shape);
  if (is_backward(use) && reads(use)) {
    const int64_t matrix = int64_t{s.n} * s.qp;
    plan.partial_floats = shape.dynamic ? 2 * matrix + int64_t{s.qp} * s.dp : matrix;
    plan.groups = groups_of(shape, plan.partial_floats, plan.is_large);
    plan.blocks = plan.groups;
    return plan;
  }
  plan.blocks = (shape.rows + plan.tiles.tokens - 1) / plan.tiles.tokens;
  if (plan.is_large) plan.blocks = std::min(plan.blocks, kLargeBlocks);
  return plan;
}

SiteScratch scratch_of(const SiteShape& shape, Use use, const SitePlan& plan, bool rounds,
                       std::span<std::byte> memory) {
  const SiteSizes s = sizes_of(shape);
  SiteScratch scratch;
  const auto take = [&](int64_t floats) {
    float* const at =
        memory.empty() ? nullptr : reinterpret_cast<float*>(memory.data() + scratch.bytes);
    scratch.bytes += static_cast<size_t>(pad_to(floats, 64)) * sizeof(float);
    return at;
  };
  const bool has_parameters = is_backward(use) && reads(use);
  if (shape.dynamic && reads(use)) scratch.folded = take(int64_t{s.qp} * s.dp);
  if (shape.dynamic && has_parameters) scratch.dfolded = take(int64_t{s.qp} * s.dp);
  if (has_parameters) scratch.partials = take(plan.groups * plan.partial_floats);
  if (plan.is_large) scratch.workspaces = take(plan.blocks * plan.tiles.floats);
  if (rounds && has_parameters && plan.tiles.width < shape.d) {
    scratch.waiting = take(plan.blocks * int64_t{s.n} * s.d);
  }
  RADDLE_ASSERT(memory.empty() || scratch.bytes <= memory.size());
  return scratch;
}

}  // namespace raddle::kernels::hyper_connection_cuda
