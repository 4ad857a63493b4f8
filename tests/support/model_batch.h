// SPDX-License-Identifier: Apache-2.0
// One micro-batch for a ready-made model of tests (model_cases.h).
#pragma once

#include <vector>

#include "tests/support/graph_runner.h"

namespace raddle::test {

inline constexpr int64_t kBatchRows = 13;

// Two packed sequences of 8 and 4 tokens, and a row of padding.
struct ModelBatch {
  std::vector<int32_t> tokens, positions, targets, cu_seqlens;
  std::vector<float> weights;

  ModelBatch() {
    for (int32_t i = 0; i < kBatchRows; ++i) {
      tokens.push_back((i * 29 + 7) % 67);
      targets.push_back((i * 31 + 3) % 67);
      positions.push_back(i < 8 ? i : i - 8);
      weights.push_back(i == 7 || i >= 11 ? 0.0f : 1.0f);
    }
    cu_seqlens.assign(kBatchRows + 1, 12);
    cu_seqlens[0] = 0;
    cu_seqlens[1] = 8;
  }
};

inline void set_model_batch(GraphRunner* run, bool with_targets, bool with_mtp) {
  const ModelBatch batch;
  run->set_input("tokens", batch.tokens);
  run->set_input("positions", batch.positions);
  run->set_input("cu_seqlens", batch.cu_seqlens);
  if (!with_targets) return;
  run->set_input("targets", batch.targets);
  run->set_input("weights", batch.weights);
  run->set_input("loss_scale", std::vector<float>{0.1f});
  if (!with_mtp) return;
  run->set_input("mtp_targets", batch.tokens);
  run->set_input("mtp_weights", batch.weights);
}

}  // namespace raddle::test
