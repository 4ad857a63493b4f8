// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/matrix/linear_cross_entropy.h"

#include <algorithm>
#include <type_traits>

#include "kernels/cuda/code.h"
#include "kernels/cuda/matrix/cross_entropy_parameters.h"
#include "kernels/cuda/matrix/cublaslt.h"

namespace raddle::kernels {
namespace {

template <class T>
using Args = LinearCrossEntropyArgsOf<T>;

size_t align(size_t bytes) { return device::align_buffer(bytes, kCudaScratchAlignment); }

// How a problem is cut, by its sizes alone, and where the parts of its scratch begin.
struct Layout {
  int64_t stride;      // elements from one row of logits to the next
  int64_t chunk_rows;  // of logits that exist at a time
  size_t losses_at;    // one double a row of the problem
  size_t products_at;  // scratch of a product
};

template <class T>
Layout layout_of(const Args<T>& args, size_t logits_bytes_max) {
  constexpr int64_t kLine = 128 / sizeof(T);  // rows begin on lines of the cache
  Layout layout;
  layout.stride = blocks_for(args.vocab, kLine) * kLine;
  const size_t row_bytes = static_cast<size_t>(layout.stride) * sizeof(T);
  const int64_t rows = std::max<int64_t>(1, args.rows);
  const int64_t rows_max = std::max<int64_t>(1, static_cast<int64_t>(logits_bytes_max / row_bytes));
  layout.chunk_rows = blocks_for(rows, blocks_for(rows, rows_max));  // chunks alike
  layout.losses_at = align(static_cast<size_t>(layout.chunk_rows) * row_bytes);
  layout.products_at = layout.losses_at + align(static_cast<size_t>(args.rows) * sizeof(double));
  return layout;
}

// The products of a chunk of rows.
template <class T>
struct Chunk {
  int64_t begin, rows;
  GemmCallOf<T> logits, dx;
  GemmCallOf<T, float> dweight;
};

template <class T>
Chunk<T> chunk_of(const Args<T>& args, const Layout& layout, int64_t begin, T* logits) {
  const int64_t rows = std::min(layout.chunk_rows, args.rows - begin);
  const T* x = args.x + begin * args.in;
  Chunk<T> chunk{begin, rows, {}, {}, {}};
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

template <class T>
Status rows_of_chunk(const Args<T>& args, const Layout& layout, const Chunk<T>& chunk,
                     const Launch& launch) {
  constexpr CudaKernel kKernel =
      of_type<T>(CudaKernel::cross_entropy, CudaKernel::cross_entropy_bf16);
  cuda::CrossEntropyParametersOf<T> p{};
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
  return launch_cuda(launch, kKernel, {chunk.rows, cuda::kCrossEntropyThreads}, p);
}

// Gives each product to `product`, and the rows between to `rows`, in their order.
template <class T, class Product, class Rows>
Status for_each_chunk(const Args<T>& args, const Layout& layout, const Launch& launch,
                      const Product& product, const Rows& rows) {
  auto* const logits = reinterpret_cast<T*>(launch.scratch.data());
  const Launch of_product = {launch.stream, launch.scratch.subspan(layout.products_at)};
  for (int64_t begin = 0; begin < args.rows; begin += layout.chunk_rows) {
    const Chunk<T> chunk = chunk_of(args, layout, begin, logits);
    RADDLE_RETURN_IF_ERROR(product(cuda_product(chunk.logits), of_product));
    RADDLE_RETURN_IF_ERROR(rows(chunk));
    if (args.dx == nullptr) continue;
    RADDLE_RETURN_IF_ERROR(product(cuda_product(chunk.dx), of_product));
    if (args.dweight == nullptr) continue;
    RADDLE_RETURN_IF_ERROR(product(cuda_product(chunk.dweight), of_product));
  }
  return Status::ok();
}

// Without rows nothing else writes dW.
template <class T>
Status clear_dweight(const Args<T>& args, const CudaProducts& products, const Layout& layout,
                     const Launch& launch) {
  if (args.rows > 0 || args.dweight == nullptr || args.accumulate_dweight) return Status::ok();
  const Chunk<T> none = chunk_of<T>(args, layout, 0, reinterpret_cast<T*>(launch.scratch.data()));
  return products.run(cuda_product(none.dweight), launch);
}

template <const CudaProducts& products, class T>
size_t scratch(const Args<T>& args, const DeviceCaps&) {
  return cross_entropy_scratch(args, products);
}
template <const CudaProducts& products, class T>
Status launch_all(const Args<T>& args, const Launch& launch) {
  return cross_entropy(args, products, launch);
}

template <class T>
constexpr Kernel<Args<T>> own_kernel() {
  return {"linear_cross_entropy:cuda", &accept_any<Args<T>>, &scratch<kOwnProducts, T>,
          &launch_all<kOwnProducts, T>, RunsOn::kCuda};
}

template <class T>
Verdict cublaslt_probe(const Args<T>& args, const DeviceCaps& caps) {
  const Layout layout = layout_of(args, kLogitsBytesMax);
  return cublaslt_takes(cuda_product(chunk_of<T>(args, layout, 0, nullptr).logits), caps);
}
template <class T>
Status cublaslt_prepare(const Args<T>& args, const Launch& launch) {
  return prepare_cross_entropy(args, kCublasLtProducts, launch);
}

template <class T>
constexpr Kernel<Args<T>> cublaslt_kernel() {
  return {"linear_cross_entropy:cublaslt",   &cublaslt_probe<T>, &scratch<kCublasLtProducts, T>,
          &launch_all<kCublasLtProducts, T>, RunsOn::kCuda,      &cublaslt_prepare<T>};
}

}  // namespace

template <class T>
size_t cross_entropy_scratch(const Args<T>& args, const CudaProducts& products,
                             size_t logits_bytes_max) {
  const Layout layout = layout_of(args, logits_bytes_max);
  size_t most = 0;
  // The first chunk is the largest and the last one the smallest.
  const int64_t last = (std::max<int64_t>(1, args.rows) - 1) / layout.chunk_rows;
  for (const int64_t begin : {int64_t{0}, last * layout.chunk_rows}) {
    const Chunk<T> chunk = chunk_of<T>(args, layout, begin, nullptr);
    for (const CudaProduct& product :
         {cuda_product(chunk.logits), cuda_product(chunk.dx), cuda_product(chunk.dweight)}) {
      most = std::max(most, products.scratch_bytes(product));
    }
  }
  return layout.products_at + most;
}

template <class T>
Status cross_entropy(const Args<T>& args, const CudaProducts& products, const Launch& launch,
                     size_t logits_bytes_max) {
  const Layout layout = layout_of(args, logits_bytes_max);
  RADDLE_RETURN_IF_ERROR(for_each_chunk(
      args, layout, launch, products.run,
      [&](const Chunk<T>& chunk) { return rows_of_chunk(args, layout, chunk, launch); }));
  RADDLE_RETURN_IF_ERROR(clear_dweight(args, products, layout, launch));
  const cuda::LossSumOfRowsParameters p = {
      reinterpret_cast<double*>(launch.scratch.data() + layout.losses_at), args.loss_scale,
      args.loss, args.rows};
  return launch_cuda(launch, CudaKernel::loss_sum_of_rows, {1, cuda::kLossSumThreads}, p);
}

template <class T>
Status prepare_cross_entropy(const Args<T>& args, const CudaProducts& products,
                             const Launch& launch, size_t logits_bytes_max) {
  return for_each_chunk(args, layout_of(args, logits_bytes_max), launch, products.prepare,
                        [](const Chunk<T>&) { return Status::ok(); });
}

// For tests, with fewer logits at a time.
#define RADDLE_CROSS_ENTROPY(T)                                                       \
  template size_t cross_entropy_scratch(const Args<T>&, const CudaProducts&, size_t); \
  template Status cross_entropy(const Args<T>&, const CudaProducts&, const Launch&, size_t);
RADDLE_CROSS_ENTROPY(float)
RADDLE_CROSS_ENTROPY(Bf16)
#undef RADDLE_CROSS_ENTROPY

constinit const Kernel<LinearCrossEntropyArgs> kLinearCrossEntropyCublasLt =
    cublaslt_kernel<float>();
constinit const Kernel<LinearCrossEntropyArgs> kLinearCrossEntropyCuda = own_kernel<float>();
constinit const Kernel<LinearCrossEntropyArgsOf<Bf16>> kLinearCrossEntropyCublasLtBf16 =
    cublaslt_kernel<Bf16>();
constinit const Kernel<LinearCrossEntropyArgsOf<Bf16>> kLinearCrossEntropyCudaBf16 =
    own_kernel<Bf16>();

}  // namespace raddle::kernels
