// SPDX-License-Identifier: Apache-2.0
// Parameters of cross_entropy.cu, shared by host and device.
#pragma once

#include <cstdint>

namespace raddle::cuda {

constexpr int kCrossEntropyThreads = 512;
constexpr int kLossSumThreads = 256;

// One block a row of logits, which become their gradients if those are wanted.
template <class T>
struct CrossEntropyParametersOf {
  T* logits;                // (rows, vocab), rows `stride` apart, on multiples of 16 bytes
  const int32_t* targets;   // (rows)
  const float* weights;     // (rows)
  const float* loss_scale;  // (1)
  double* losses;           // (rows): weight * loss of the row
  int64_t rows, vocab, stride;
  float coefficient;
  bool with_gradients;
};

// loss[0] = loss_scale[0] * sum of losses. One block.
struct LossSumOfRowsParameters {
  const double* losses;  // (rows)
  const float* loss_scale;
  float* loss;
  int64_t rows;
};

}  // namespace raddle::cuda
