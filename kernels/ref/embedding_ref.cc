// SPDX-License-Identifier: Apache-2.0
// Table look-up and scatter-add as plain loops: the definition.
#include "kernels/ops/embedding.h"

#include "kernels/ref/rounded.h"

namespace raddle::kernels {
namespace {

template <class T>
Status embedding(const EmbeddingArgsOf<T>& args, const Launch&) {
  for (int64_t t = 0; t < args.rows; ++t) {
    for (int64_t i = 0; i < args.width; ++i) {
      args.y[t * args.width + i] = args.table[args.ids[t] * args.width + i];
    }
  }
  return Status::ok();
}

template <class T>
Status embedding_grad(const EmbeddingGradArgsOf<T>& args, const Launch&) {
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

constinit const Kernel<EmbeddingArgs> kEmbeddingRef = {"embedding:ref", accept_any, no_scratch,
                                                       embedding, RunsOn::kHostCode};
constinit const Kernel<EmbeddingArgsOf<Bf16>> kEmbeddingRefBf16 = {
    "embedding:ref", accept_any, no_scratch, embedding, RunsOn::kHostCode};
constinit const Kernel<EmbeddingGradArgs> kEmbeddingGradRef = {
    "embedding_grad:ref", accept_any, no_scratch, embedding_grad, RunsOn::kHostCode};
constinit const Kernel<EmbeddingGradArgsOf<Bf16>> kEmbeddingGradRefBf16 = {
    "embedding_grad:ref", accept_any, no_scratch, embedding_grad, RunsOn::kHostCode};

}  // namespace raddle::kernels
