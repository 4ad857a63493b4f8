// SPDX-License-Identifier: Apache-2.0
// How the host sides of the norms cut rows into teams and blocks: by shape alone.
#pragma once

#include <algorithm>

#include "kernels/cuda/alignment.h"
#include "kernels/cuda/code.h"
#include "kernels/cuda/norm.h"

namespace raddle::kernels {

struct NormShape {
  int team, threads;  // of a team, of a block
  int64_t teams() const { return threads / team; }
  // Blocks that have one row for each team.
  int64_t blocks(int64_t rows) const { return blocks_for(rows, teams()); }
  // Of a gradient: few enough blocks that their partial sums are a small part of the traffic, and
  // enough for the multiprocessors of a large GPU, two each.
  int64_t rows_per_block(int64_t rows) const {
    return blocks_for(blocks_for(std::max<int64_t>(rows, 1), 256), teams()) * teams();
  }
  int64_t gradient_blocks(int64_t rows) const { return blocks_for(rows, rows_per_block(rows)); }
};

// Of rows of `width` elements in packs of `lanes`.
inline NormShape norm_shape(int64_t width, int64_t lanes) {
  int team = 8;
  while (team < cuda::kNormThreads && team * cuda::norm_kept(lanes) < width / lanes) team *= 2;
  return {team, std::max(team, 256)};
}

// Of whichever shape the launch takes: the planner knows no addresses.
template <class T>
int64_t most_gradient_blocks(int64_t rows, int64_t width) {
  const int64_t single = norm_shape(width, 1).gradient_blocks(rows);
  if (width % cuda::kPackOf<T> != 0) return single;
  return std::max(single, norm_shape(width, cuda::kPackOf<T>).gradient_blocks(rows));
}

// `count` of the sums in `p`, one after the other in the grid.
inline Status sum_partials(const Launch& launch, const cuda::SumPartialsParameters& p, int count) {
  int64_t width = 0;
  for (int i = 0; i < count; ++i) width = std::max(width, p.of[i].width);
  if (count == 0) return Status::ok();
  return launch_cuda(launch, CudaKernel::sum_partials,
                     {blocks_for(width, cuda::kPartialColumns),
                      cuda::kPartialColumns * cuda::kPartialGroups, count},
                     p);
}

}  // namespace raddle::kernels
