// SPDX-License-Identifier: Apache-2.0
// Host side of tile and fold.
#include "kernels/cuda/tile.h"

#include "kernels/cuda/alignment.h"
#include "kernels/cuda/code.h"
#include "kernels/ops/tile.h"

namespace raddle::kernels {
namespace {

// `width` is that of what is written.
Status launch_tile(CudaKernel kernel, cuda::TileParameters p, int64_t width, const Launch& launch) {
  p.packed = p.wide % 4 == 0 && is_packed(p.narrow, p.from, p.to);
  const int64_t packs = p.rows * width / (p.packed ? 4 : 1);
  return launch_cuda(launch, kernel, {blocks_for(packs, cuda::kTileThreads), cuda::kTileThreads},
                     p);
}

Status tile(const TileArgs& a, const Launch& launch) {
  return launch_tile(CudaKernel::tile, {a.x, a.y, a.rows, a.narrow, a.wide, a.mean, false}, a.wide,
                     launch);
}
Status fold(const FoldArgs& a, const Launch& launch) {
  return launch_tile(CudaKernel::fold, {a.y, a.x, a.rows, a.narrow, a.wide, a.mean, false},
                     a.narrow, launch);
}

}  // namespace

constinit const Kernel<TileArgs> kTileCuda = {"tile:cuda", accept_any<TileArgs>,
                                              no_scratch<TileArgs>, tile, RunsOn::kCuda};
constinit const Kernel<FoldArgs> kFoldCuda = {"fold:cuda", accept_any<FoldArgs>,
                                              no_scratch<FoldArgs>, fold, RunsOn::kCuda};

}  // namespace raddle::kernels
