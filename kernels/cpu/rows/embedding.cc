// SPDX-License-Identifier: Apache-2.0
// Table look-up and scatter-add on the worker pool.
#include "kernels/ops/embedding.h"

#include <cstring>

#include "kernels/cpu/vector/vector_rows.h"
#include "runtime/device/cpu/worker_pool.h"

namespace raddle::kernels {
namespace {

Status embedding(const EmbeddingArgs& args, const Launch& launch) {
  const size_t row_bytes = static_cast<size_t>(args.width) * sizeof(float);
  constexpr int64_t kRowsPerTask = 16;
  launch.stream.pool().run_chunks(args.rows, kRowsPerTask, [&](int64_t begin, int64_t end, int) {
    for (int64_t t = begin; t < end; ++t) {
      std::memcpy(args.y + t * args.width, args.table + args.ids[t] * args.width, row_bytes);
    }
  });
  return Status::ok();
}

// A task owns some columns of the whole table, so two rows with the same id never meet, and each
// column adds its rows in ascending order.
Status embedding_grad(const EmbeddingGradArgs& args, const Launch& launch) {
  device::WorkerPool& pool = launch.stream.pool();
  if (!args.accumulate) {
    constexpr int64_t kFloatsPerTask = 1 << 18;
    pool.run_chunks(args.vocab * args.width, kFloatsPerTask, [&](int64_t begin, int64_t end, int) {
      std::memset(args.dtable + begin, 0, static_cast<size_t>(end - begin) * sizeof(float));
    });
  }
  constexpr int64_t kColumnsPerTask = 128;
  pool.run_chunks(args.width, kColumnsPerTask, [&](int64_t begin, int64_t end, int) {
    for (int64_t t = 0; t < args.rows; ++t) {
      add_row(args.dy + t * args.width + begin, end - begin,
              args.dtable + args.ids[t] * args.width + begin);
    }
  });
  return Status::ok();
}

}  // namespace

constexpr Kernel<EmbeddingArgs> kEmbeddingCpu = {"embedding:cpu", &accept_any<EmbeddingArgs>,
                                                 &no_scratch<EmbeddingArgs>, &embedding};
constexpr Kernel<EmbeddingGradArgs> kEmbeddingGradCpu = {
    "embedding_grad:cpu", &accept_any<EmbeddingGradArgs>, &no_scratch<EmbeddingGradArgs>,
    &embedding_grad};

}  // namespace raddle::kernels
