// SPDX-License-Identifier: Apache-2.0
// Projection, softmax and cross-entropy over chunks of rows: the logits of a chunk are made by a
// product, turned into their own gradient in place, and consumed by two more products. One kernel a
// library.
#include "kernels/ops/linear_cross_entropy.h"

#include <algorithm>

#include "kernels/cpu/matrix/blas.h"
#include "kernels/cpu/matrix/gemm.h"
#include "kernels/cpu/vector/vector_rows.h"
#include "runtime/device/memory.h"

namespace raddle::kernels {
namespace {

constexpr size_t kScratchBytesMax = size_t{64} << 20;

// How a problem is cut; depends on its sizes alone.
struct Layout {
  int64_t stride;       // floats from one row of logits to the next
  int64_t chunk_rows;   // rows of logits that exist at a time
  size_t losses_bytes;  // one double a row of the problem, before the logits
  size_t bytes;
};

Layout layout_of(const LinearCrossEntropyArgs& args) {
  Layout layout;
  // Whole cache lines, but not whole pages: rows a page apart compete for the same cache sets.
  layout.stride = (args.vocab + 15) / 16 * 16;
  if (layout.stride % 1024 == 0) layout.stride += 16;
  layout.losses_bytes = device::align_buffer(static_cast<size_t>(args.rows) * sizeof(double));
  const size_t row_bytes = static_cast<size_t>(layout.stride) * sizeof(float);
  const size_t room =
      kScratchBytesMax > layout.losses_bytes ? kScratchBytesMax - layout.losses_bytes : 0;
  const int64_t rows_max = std::max<int64_t>(1, static_cast<int64_t>(room / row_bytes));
  // Equal chunks: a short last one would waste the packing of the whole weight.
  const int64_t rows = std::max<int64_t>(1, args.rows);
  const int64_t chunks = (rows + rows_max - 1) / rows_max;
  layout.chunk_rows = (rows + chunks - 1) / chunks;
  layout.bytes = layout.losses_bytes + static_cast<size_t>(layout.chunk_rows) * row_bytes;
  return layout;
}

template <MatrixLibrary library>
Verdict probe(const LinearCrossEntropyArgs& args, const DeviceCaps& caps) {
  if (!gemm_fits(args.rows, args.in, args.vocab)) {
    return Verdict::no("needs rows, in and vocab below 2^31");
  }
  return uses_library(library, caps);
}

size_t scratch_bytes(const LinearCrossEntropyArgs& args, const DeviceCaps&) {
  return layout_of(args).bytes;
}

// Losses of rows [begin, begin + rows) into `losses`; their logits become gradients if wanted.
void cross_entropy_rows(const LinearCrossEntropyArgs& args, device::WorkerPool& pool, int64_t begin,
                        int64_t rows, float* logits, int64_t stride, double* losses) {
  constexpr int64_t kRowsPerTask = 4;
  pool.run_chunks(rows, kRowsPerTask, [&](int64_t first, int64_t end, int) {
    for (int64_t row = first; row < end; ++row) {
      const int64_t t = begin + row;
      float* row_logits = logits + row * stride;
      const float weight = args.weights[t];
      if (weight == 0.0f) {
        std::fill_n(row_logits, args.vocab, 0.0f);
        losses[t] = 0.0;
      } else if (args.dx == nullptr) {
        losses[t] = weight * softmax_loss_row(row_logits, args.vocab, args.targets[t]);
      } else {
        const float scale = args.coefficient * args.loss_scale[0] * weight;
        losses[t] = weight * softmax_gradient_row(row_logits, args.vocab, args.targets[t], scale);
      }
    }
  });
}

Status chunk_gradients(const Blas& blas, const LinearCrossEntropyArgs& args,
                       device::WorkerPool& pool, int64_t begin, int64_t rows, const float* dlogits,
                       int64_t stride) {
  const float* x = args.x + begin * args.in;
  RADDLE_RETURN_IF_ERROR(parallel_gemm(blas, pool,
                                       {.a = dlogits,
                                        .b = args.weight,
                                        .c = args.dx + begin * args.in,
                                        .m = rows,
                                        .n = args.in,
                                        .k = args.vocab,
                                        .a_stride = stride,
                                        .b_stride = args.in,
                                        .c_stride = args.in,
                                        .a_transposed = false,
                                        .b_transposed = false,
                                        .beta = 0.0f}));
  if (args.dweight == nullptr) return Status::ok();
  const bool accumulate = args.accumulate_dweight || begin > 0;
  return parallel_gemm(blas, pool,
                       {.a = dlogits,
                        .b = x,
                        .c = args.dweight,
                        .m = args.vocab,
                        .n = args.in,
                        .k = rows,
                        .a_stride = stride,
                        .b_stride = args.in,
                        .c_stride = args.in,
                        .a_transposed = true,
                        .b_transposed = false,
                        .beta = accumulate ? 1.0f : 0.0f});
}

template <MatrixLibrary library>
Status launch(const LinearCrossEntropyArgs& args, const Launch& launch) {
  RADDLE_ASSIGN_OR_RETURN(const Blas* blas, serial_blas(library));
  device::WorkerPool& pool = launch.stream.pool();
  const Layout layout = layout_of(args);
  double* losses = reinterpret_cast<double*>(launch.scratch.data());
  float* logits = reinterpret_cast<float*>(launch.scratch.data() + layout.losses_bytes);
  for (int64_t begin = 0; begin < args.rows; begin += layout.chunk_rows) {
    const int64_t rows = std::min(layout.chunk_rows, args.rows - begin);
    RADDLE_RETURN_IF_ERROR(parallel_gemm(*blas, pool,
                                         {.a = args.x + begin * args.in,
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
                                          .beta = 0.0f}));
    cross_entropy_rows(args, pool, begin, rows, logits, layout.stride, losses);
    if (args.dx != nullptr) {
      RADDLE_RETURN_IF_ERROR(
          chunk_gradients(*blas, args, pool, begin, rows, logits, layout.stride));
    }
  }
  double loss = 0.0;
  for (int64_t t = 0; t < args.rows; ++t) loss += losses[t];
  args.loss[0] = static_cast<float>(args.loss_scale[0] * loss);
  return Status::ok();
}

}  // namespace

constexpr Kernel<LinearCrossEntropyArgs> kLinearCrossEntropyOneDnn = {
    "linear_cross_entropy:onednn", &probe<MatrixLibrary::kOneDnn>, &scratch_bytes,
    &launch<MatrixLibrary::kOneDnn>};
constexpr Kernel<LinearCrossEntropyArgs> kLinearCrossEntropyOpenBlas = {
    "linear_cross_entropy:openblas", &probe<MatrixLibrary::kOpenBlas>, &scratch_bytes,
    &launch<MatrixLibrary::kOpenBlas>};

}  // namespace raddle::kernels
