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

template <class T>
Status embedding(const EmbeddingArgsOf<T>& a, const Launch& launch) {
  const int64_t row_bytes = a.width * static_cast<int64_t>(sizeof(T));
  const int64_t word = longest_word(row_bytes, a.table, a.y), width = row_bytes / word;
  return launch_cuda(launch, CudaKernel::embedding,
                     {blocks_for(a.rows * width, kEmbeddingThreads), kEmbeddingThreads},
                     cuda::EmbeddingParameters{a.table, a.ids, a.y, a.rows, width, word});
}

Status zero(float* at, int64_t count, const Launch& launch) {
  const bool packed = is_packed(count, at);
  return launch_cuda(
      launch, CudaKernel::zero,
      {blocks_for(count / pack_lanes<float>(packed), kEmbeddingThreads), kEmbeddingThreads},
      cuda::ZeroParameters{at, count, packed});
}

// Scratch: the rows sorted in chunks, then all sorted.
template <class T>
size_t embedding_grad_scratch(const EmbeddingGradArgsOf<T>& a, const DeviceCaps&) {
  return 2 * static_cast<size_t>(a.rows) * sizeof(cuda::IdRow);
}

template <class T>
Status embedding_grad(const EmbeddingGradArgsOf<T>& a, const Launch& launch) {
  if (!a.accumulate) {
    RADDLE_RETURN_IF_ERROR(zero(a.dtable, a.vocab * a.width, launch));
  }
  auto* chunks = reinterpret_cast<cuda::IdRow*>(launch.scratch.data());
  const cuda::SortIdsParameters sort = {a.ids, chunks, chunks + a.rows, a.rows};
  const device::CudaGrid grid = {blocks_for(a.rows, kSortThreads), kSortThreads};
  RADDLE_RETURN_IF_ERROR(launch_cuda(launch, CudaKernel::sort_id_chunks, grid, sort));
  RADDLE_RETURN_IF_ERROR(launch_cuda(launch, CudaKernel::merge_id_chunks, grid, sort));
  const bool packed = is_packed(a.width, a.dy, a.dtable);
  const int64_t packs = a.width / pack_lanes<T>(packed);
  return launch_cuda(
      launch, of_type<T>(CudaKernel::embedding_grad, CudaKernel::embedding_grad_bf16),
      {a.rows, kScatterThreads, static_cast<int>(blocks_for(packs, kScatterThreads))},
      cuda::ScatterParameters<T>{a.dy, sort.sorted, a.dtable, a.rows, a.width, a.accumulate,
                                 packed});
}

}  // namespace

constinit const Kernel<EmbeddingArgs> kEmbeddingCuda = {"embedding:cuda", accept_any, no_scratch,
                                                        embedding, RunsOn::kCuda};
constinit const Kernel<EmbeddingArgsOf<Bf16>> kEmbeddingCudaBf16 = {
    "embedding:cuda", accept_any, no_scratch, embedding, RunsOn::kCuda};
constinit const Kernel<EmbeddingGradArgs> kEmbeddingGradCuda = {
    "embedding_grad:cuda", accept_any, embedding_grad_scratch, embedding_grad, RunsOn::kCuda};
constinit const Kernel<EmbeddingGradArgsOf<Bf16>> kEmbeddingGradCudaBf16 = {
    "embedding_grad:cuda", accept_any, embedding_grad_scratch, embedding_grad, RunsOn::kCuda};

}  // namespace raddle::kernels
