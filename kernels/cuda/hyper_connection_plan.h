// SPDX-License-Identifier: Apache-2.0
// How the virtual-width kernels for GPUs cut a problem: tokens and columns of a block, its arrays,
// groups of tokens, scratch. All of it follows from the shape, and no result depends on it.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/cuda/hyper_connection.h"
#include "kernels/ops/hyper_connection.h"

namespace raddle::kernels::hyper_connection_cuda {

enum class Use : uint8_t { kRead, kWrite, kBoundary, kWriteGrad, kReadGrad, kBoundaryGrad };
constexpr bool is_backward(Use use) { return use >= Use::kWriteGrad; }
constexpr bool reads(Use use) { return use != Use::kWrite && use != Use::kWriteGrad; }

cuda::SiteSizes sizes_of(const SiteShape& shape);

// The arrays of a block that has so many tokens and columns at a time.
cuda::SiteTiles tiles_of(const cuda::SiteSizes& sizes, Use use, int64_t tokens, int64_t width);

// The choice. A block takes several tokens while they leave room for other blocks, one where that
// fits into shared memory at all, a part of its columns where it does not. Where not even that
// fits, is_large, and `blocks` have a workspace each.
struct SitePlan {
  cuda::SiteTiles tiles;
  bool is_large;
  int64_t blocks;          // of the grid
  int64_t groups;          // of tokens, of a gradient with parameters
  int64_t partial_floats;  // of a group
};
SitePlan plan_of(const SiteShape& shape, Use use);

// Arrays of a launch; null those that it does not need. With no memory only `bytes` is set.
//   folded      qp dp                      where a dynamic site is read
//   dfolded     qp dp                      of its gradient
//   partials    groups x partial_floats    of its gradient: at most 264 groups, 132 of more than
//                                          16,384 floats
//   workspaces  blocks x floats            of large tokens alone: at most 64 blocks
//   waiting     blocks x n d               where a read's gradient has a part of the columns at a
//                                          time: what the norm is still to be added to, which dH
//                                          would round if its type `rounds`
struct SiteScratch {
  float *folded = nullptr, *dfolded = nullptr, *partials = nullptr, *workspaces = nullptr,
        *waiting = nullptr;
  size_t bytes = 0;
};
SiteScratch scratch_of(const SiteShape& shape, Use use, const SitePlan& plan, bool rounds,
                       std::span<std::byte> memory);

}  // namespace raddle::kernels::hyper_connection_cuda
