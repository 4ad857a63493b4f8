// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/matrix/linear_cross_entropy.h"

#include <algorithm>

#include "kernels/cuda/code.h"
#include "kernels/cuda/matrix/cross_entropy_parameters.h"
#include "kernels/cuda/matrix/cublaslt.h"

namespace raddle::kernels {
namespace {

using Args = LinearCrossEntropyArgs;

size_t align(size_t bytes) { return device::align_buffer(bytes, kCudaScratchAlignment); }

// How a problem is cut, by its sizes alone, and where the parts of its scratch begin.
struct Layout {
  int64_t stride;      // floats from one row of logits to the next
  int64_t chunk_rows;  // of logits that exist at a time
  size_t losses_at;    // one double a row of the problem
  size_t products_at;  // scratch of a product
};

Layout layout_of(const Args& args, size_t logits_bytes_max) {
  Layout layout;
  layout.stride = (args.vocab + 31) / 32 * 32;  // rows begin on lines of the cache
  const size_t row_bytes = static_cast<size_t>(layout.stride) * sizeof(float);
  const int64_t rows = std::max<int64_t>(1, args.rows);
  const int64_t rows_max = std::max<int64_t>(1, static_cast<int64_t>(logits_bytes_max / row_bytes));
  layout.chunk_rows = blocks_for(rows, blocks_for(rows, rows_max));  // chunks alike
  layout.losses_at = align(static_cast<size_t>(layout.chunk_rows) * row_bytes);
  layout.products_at = layout.losses_at + align(static_cast<size_t>(args.rows) * sizeof(double));
  return layout;
}

// The products of a chunk of rows.
struct Chunk {
  int64_t begin, rows;
  GemmCall logits, dx, dweight;
};

Chunk chunk_of(const Args& args, const Layout& layout, int64_t begin, float* logits) {
  const int64_t rows = std::min(layout.chunk_rows, args.rows - begin);
  const float* x = args.x + begin * args.in;
  Chunk chunk{begin, rows, {}, {}, {}};
  chunk.logits = {.a = x,
                  .b = args.weight,
                  .c = logits,
                  .m = rows,
                  .n = args.vocab,
                  .k = args.in,
                  .a_stride = args.in,
                  .b_stride = args.in,
                  .c_stride = layout.stride,
                  .a_transposed = false,
                  .b_transposed = true,
                  .beta = 0.0f};
  chunk.dx = {.a = logits,
              .b = args.weight,
              .c = args.dx == nullptr ? nullptr : args.dx + begin * args.in,
              .m = rows,
              .n = args.in,
              .k = args.vocab,
              .a_stride = layout.stride,
              .b_stride = args.in,
              .c_stride = args.in,
              .a_transposed = false,
              .b_transposed = false,
              .beta = 0.0f};
  chunk.dweight = {.a = logits,
                   .b = x,
                   .c = args.dweight,
                   .m = args.vocab,
                   .n = args.in,
                   .k = rows,
                   .a_stride = layout.stride,
                   .b_stride = args.in,
                   .c_stride = args.in,
                   .a_transposed = true,
                   .b_transposed = false,
                   .beta = args.accumulate_dweight || begin > 0 ? 1.0f : 0.0f};
  return chunk;
}

Status rows_of_chunk(const Args& args, const Layout& layout, const Chunk& chunk,
                     const Launch& launch) {
  cuda::CrossEntropyParameters p{};
  p.logits = chunk.logits.c;
  p.targets = args.targets + chunk.begin;
  p.weights = args.weights + chunk.begin;
  p.loss_scale = args.loss_scale;
  p.losses = reinterpret_cast<double*>(launch.scratch.data() + layout.losses_at) + chunk.begin;
  p.rows = chunk.rows;
  p.vocab = args.vocab;
  p.stride = layout.stride;
  p.coefficient = args.coefficient;
  p.with_gradients = args.dx != nullptr;
  return launch_cuda(launch, CudaKernel::cross_entropy, {chunk.rows, cuda::kCrossEntropyThreads},
                     p);
}

// Gives each product to `product`, and the rows between to `rows`, in their order.
template <class Product, class Rows>
Status for_each_chunk(const Args& args, const Layout& layout, const Launch& launch,
                      const Product& product, const Rows& rows) {
  auto* const logits = reinterpret_cast<float*>(launch.scratch.data());
  const Launch of_product = {launch.stream, launch.scratch.subspan(layout.products_at)};
  for (int64_t begin = 0; begin < args.rows; begin += layout.chunk_rows) {
    const Chunk chunk = chunk_of(args, layout, begin, logits);
    RADDLE_RETURN_IF_ERROR(product(chunk.logits, nullptr, of_product));
    RADDLE_RETURN_IF_ERROR(rows(chunk));
    if (args.dx == nullptr) continue;
    RADDLE_RETURN_IF_ERROR(product(chunk.dx, nullptr, of_product));
    if (args.dweight == nullptr) continue;
    RADDLE_RETURN_IF_ERROR(product(chunk.dweight, nullptr, of_product));
  }
  return Status::ok();
}

// Without rows nothing else writes dW.
Status clear_dweight(const Args& args, const CudaProducts& products, const Layout& layout,
                     const Launch& launch) {
  if (args.rows > 0 || args.dweight == nullptr || args.accumulate_dweight) return Status::ok();
  const Chunk none = chunk_of(args, layout, 0, reinterpret_cast<float*>(launch.scratch.data()));
  return products.run(none.dweight, nullptr, launch);
}

size_t own_scratch(const Args& args, const DeviceCaps&) {
  return cross_entropy_scratch(args, kOwnProducts);
}
Status own(const Args& args, const Launch& launch) {
  return cross_entropy(args, kOwnProducts, launch);
}

Verdict cublaslt_probe(const Args& args, const DeviceCaps& caps) {
  const Layout layout = layout_of(args, kLogitsBytesMax);
  return cublaslt_takes(chunk_of(args, layout, 0, nullptr).logits, caps);
}
size_t cublaslt_scratch(const Args& args, const DeviceCaps&) {
  return cross_entropy_scratch(args, kCublasLtProducts);
}
Status cublaslt(const Args& args, const Launch& launch) {
  return cross_entropy(args, kCublasLtProducts, launch);
}
Status cublaslt_prepare(const Args& args, const Launch& launch) {
  return prepare_cross_entropy(args, kCublasLtProducts, launch);
}

}  // namespace

size_t cross_entropy_scratch(const Args& args, const CudaProducts& products,
                             size_t logits_bytes_max) {
  const Layout layout = layout_of(args, logits_bytes_max);
  size_t most = 0;
  // The first chunk is the largest and the last one the smallest.
  const int64_t last = (std::max<int64_t>(1, args.rows) - 1) / layout.chunk_rows;
  for (const int64_t begin : {int64_t{0}, last * layout.chunk_rows}) {
    const Chunk chunk = chunk_of(args, layout, begin, nullptr);
    for (const GemmCall& call : {chunk.logits, chunk.dx, chunk.dweight}) {
      most = std::max(most, products.scratch_bytes(call));
    }
  }
  return layout.products_at + most;
}

Status cross_entropy(const Args& args, const CudaProducts& products, const Launch& launch,
                     size_t logits_bytes_max) {
  const Layout layout = layout_of(args, logits_bytes_max);
  RADDLE_RETURN_IF_ERROR(for_each_chunk(
      args, layout, launch, products.run,
      [&](const Chunk& chunk) { return rows_of_chunk(args, layout, chunk, launch); }));
  RADDLE_RETURN_IF_ERROR(clear_dweight(args, products, layout, launch));
  const cuda::LossSumOfRowsParameters p = {
      reinterpret_cast<double*>(launch.scratch.data() + layout.losses_at), args.loss_scale,
      args.loss, args.rows};
  return launch_cuda(launch, CudaKernel::loss_sum_of_rows, {1, cuda::kLossSumThreads}, p);
}

Status prepare_cross_entropy(const Args& args, const CudaProducts& products, const Launch& launch,
                             size_t logits_bytes_max) {
  return for_each_chunk(args, layout_of(args, logits_bytes_max), launch, products.prepare,
                        [](const Chunk&) { return Status::ok(); });
}

constinit const Kernel<LinearCrossEntropyArgs> kLinearCrossEntropyCublasLt = {
    "linear_cross_entropy:cublaslt",
    &cublaslt_probe,
    &cublaslt_scratch,
    &cublaslt,
    RunsOn::kCuda,
    &cublaslt_prepare};
constinit const Kernel<LinearCrossEntropyArgs> kLinearCrossEntropyCuda = {
    "linear_cross_entropy:cuda", &accept_any<LinearCrossEntropyArgs>, &own_scratch, &own,
    RunsOn::kCuda};

}  // namespace raddle::kernels
