// SPDX-License-Identifier: Apache-2.0
// Host side of table look-up and scatter-add.
#include "kernels/cuda/embedding.h"

#include "kernels/cuda/alignment.h"
#include "kernels/cuda/code.h"
#include "kernels/ops/embedding.h"

namespace raddle::kernels {
namespace {

using cuda::kEmbeddingThreads;
using cuda::kScatterThreads;
using cuda::kSortThreads;

Status embedding(const EmbeddingArgs& a, const Launch& launch) {
  const bool packed = is_packed(a.width, a.table, a.y);
  const int64_t packs = a.rows * a.width / (packed ? 4 : 1);
  return launch_cuda(launch, CudaKernel::embedding,
                     {blocks_for(packs, kEmbeddingThreads), kEmbeddingThreads},
                     cuda::EmbeddingParameters{a.table, a.ids, a.y, a.rows, a.width, packed});
}

Status zero(float* at, int64_t count, const Launch& launch) {
  const bool packed = is_packed(count, at);
  return launch_cuda(launch, CudaKernel::zero,
                     {blocks_for(count / (packed ? 4 : 1), kEmbeddingThreads), kEmbeddingThreads},
                     cuda::ZeroParameters{at, count, packed});
}

// Scratch: the rows sorted in chunks, then all sorted.
size_t embedding_grad_scratch(const EmbeddingGradArgs& a, const DeviceCaps&) {
  return 2 * static_cast<size_t>(a.rows) * sizeof(cuda::IdRow);
}

Status embedding_grad(const EmbeddingGradArgs& a, const Launch& launch) {
  if (!a.accumulate) {
    RADDLE_RETURN_IF_ERROR(zero(a.dtable, a.vocab * a.width, launch));
  }
  auto* chunks = reinterpret_cast<cuda::IdRow*>(launch.scratch.data());
  const cuda::SortIdsParameters sort = {a.ids, chunks, chunks + a.rows, a.rows};
  const device::CudaGrid grid = {blocks_for(a.rows, kSortThreads), kSortThreads};
  RADDLE_RETURN_IF_ERROR(launch_cuda(launch, CudaKernel::sort_id_chunks, grid, sort));
  RADDLE_RETURN_IF_ERROR(launch_cuda(launch, CudaKernel::merge_id_chunks, grid, sort));
  const bool packed = is_packed(a.width, a.dy, a.dtable);
  const int64_t packs = a.width / (packed ? 4 : 1);
  return launch_cuda(
      launch, CudaKernel::embedding_grad,
      {a.rows, kScatterThreads, static_cast<int>(blocks_for(packs, kScatterThreads))},
      cuda::ScatterParameters{a.dy, sort.sorted, a.dtable, a.rows, a.width, a.accumulate, packed});
}

}  // namespace

constinit const Kernel<EmbeddingArgs> kEmbeddingCuda = {"embedding:cuda", accept_any<EmbeddingArgs>,
                                                        no_scratch<EmbeddingArgs>, embedding,
                                                        RunsOn::kCuda};
constinit const Kernel<EmbeddingGradArgs> kEmbeddingGradCuda = {
    "embedding_grad:cuda", accept_any<EmbeddingGradArgs>, embedding_grad_scratch, embedding_grad,
    RunsOn::kCuda};

}  // namespace raddle::kernels
