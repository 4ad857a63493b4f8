// SPDX-License-Identifier: Apache-2.0
// Table look-up and scatter-add as plain loops: the definition.
#include "kernels/ops/embedding.h"

namespace raddle::kernels {
namespace {

Status embedding(const EmbeddingArgs& args, const Launch&) {
  for (int64_t t = 0; t < args.rows; ++t) {
    for (int64_t i = 0; i < args.width; ++i) {
      args.y[t * args.width + i] = args.table[args.ids[t] * args.width + i];
    }
  }
  return Status::ok();
}

Status embedding_grad(const EmbeddingGradArgs& args, const Launch&) {
  if (!args.accumulate) {
    for (int64_t i = 0; i < args.vocab * args.width; ++i) args.dtable[i] = 0.0f;
  }
  for (int64_t t = 0; t < args.rows; ++t) {
    for (int64_t i = 0; i < args.width; ++i) {
      args.dtable[args.ids[t] * args.width + i] += args.dy[t * args.width + i];
    }
  }
  return Status::ok();
}

}  // namespace

constexpr Kernel<EmbeddingArgs> kEmbeddingRef = {"embedding:ref", &accept_any<EmbeddingArgs>,
                                                 &no_scratch<EmbeddingArgs>, &embedding,
                                                 RunsOn::kHostCode};
constexpr Kernel<EmbeddingGradArgs> kEmbeddingGradRef = {
    "embedding_grad:ref", &accept_any<EmbeddingGradArgs>, &no_scratch<EmbeddingGradArgs>,
    &embedding_grad, RunsOn::kHostCode};

}  // namespace raddle::kernels
