// SPDX-License-Identifier: Apache-2.0
// Host side of rotary positions.
#include "kernels/cuda/rope.h"

#include <string>

#include "kernels/cuda/alignment.h"
#include "kernels/cuda/code.h"
#include "kernels/ops/rope.h"

namespace raddle::kernels {
namespace {

template <class T>
Verdict even_head(const RopeArgsOf<T>& a, const DeviceCaps&) {
  if (a.head_dim % 2 == 0) return Verdict::yes();
  return Verdict::no("needs an even head_dim, got " + std::to_string(a.head_dim));
}

template <class T>
Status rope(const RopeArgsOf<T>& a, const Launch& launch) {
  const cuda::RopeParameters<T> p = {.x = a.x,
                                     .positions = a.positions,
                                     .y = a.y,
                                     .rows = a.rows,
                                     .width = (a.heads + 2 * a.kv_heads) * a.head_dim,
                                     .head_dim = a.head_dim,
                                     .heads = static_cast<int32_t>(a.heads + a.kv_heads),
                                     .copied = a.x == a.y ? 0 : a.kv_heads * a.head_dim,
                                     .theta = a.theta,
                                     .inverse = a.inverse,
                                     .packed = is_packed(a.head_dim / 2, a.x, a.y)};
  return launch_cuda(launch, of_type<T>(CudaKernel::rope, CudaKernel::rope_bf16),
                     {blocks_for(a.rows, cuda::kRopeRows), cuda::kRopeThreads}, p);
}

}  // namespace

constinit const Kernel<RopeArgs> kRopeCuda = {"rope:cuda", even_head, no_scratch, rope,
                                              RunsOn::kCuda};
constinit const Kernel<RopeArgsOf<Bf16>> kRopeCudaBf16 = {"rope:cuda", even_head, no_scratch, rope,
                                                          RunsOn::kCuda};

}  // namespace raddle::kernels
