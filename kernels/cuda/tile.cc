// SPDX-License-Identifier: Apache-2.0
// Host side of tile and fold.
#include "kernels/cuda/tile.h"

#include "kernels/cuda/alignment.h"
#include "kernels/cuda/code.h"
#include "kernels/ops/tile.h"

namespace raddle::kernels {
namespace {

// `width` is that of what is written.
template <class T>
Status launch_tile(CudaKernel kernel, cuda::TileParameters<T> p, int64_t width,
                   const Launch& launch) {
  p.packed = p.wide % cuda::kPackOf<T> == 0 && is_packed(p.narrow, p.from, p.to);
  const int64_t packs = p.rows * width / pack_lanes<T>(p.packed);
  return launch_cuda(launch, kernel, {blocks_for(packs, cuda::kTileThreads), cuda::kTileThreads},
                     p);
}

template <class T>
Status tile(const TileArgsOf<T>& a, const Launch& launch) {
  return launch_tile<T>(of_type<T>(CudaKernel::tile, CudaKernel::tile_bf16),
                        {a.x, a.y, a.rows, a.narrow, a.wide, a.mean, false}, a.wide, launch);
}
template <class T>
Status fold(const FoldArgsOf<T>& a, const Launch& launch) {
  return launch_tile<T>(of_type<T>(CudaKernel::fold, CudaKernel::fold_bf16),
                        {a.y, a.x, a.rows, a.narrow, a.wide, a.mean, false}, a.narrow, launch);
}

}  // namespace

constinit const Kernel<TileArgs> kTileCuda = {"tile:cuda", accept_any, no_scratch, tile,
                                              RunsOn::kCuda};
constinit const Kernel<TileArgsOf<Bf16>> kTileCudaBf16 = {"tile:cuda", accept_any, no_scratch, tile,
                                                          RunsOn::kCuda};
constinit const Kernel<FoldArgs> kFoldCuda = {"fold:cuda", accept_any, no_scratch, fold,
                                              RunsOn::kCuda};
constinit const Kernel<FoldArgsOf<Bf16>> kFoldCudaBf16 = {"fold:cuda", accept_any, no_scratch, fold,
                                                          RunsOn::kCuda};

}  // namespace raddle::kernels
