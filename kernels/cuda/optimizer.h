// SPDX-License-Identifier: Apache-2.0
// Parameters of the update's kernels (optimizer.cu), shared by host and device. Slices travel by
// value, as many as the parameters of one launch hold.
#pragma once

#include <cstdint>

#include "kernels/ops/step_values.h"

namespace raddle::cuda {

constexpr int kUpdateThreads = 256;
// What a block of threads has of the gradients that lie end to end. The blocks by which state is
// shared out to ranks are whole runs, so runs are the same on any number of ranks.
constexpr int kRunElements = 8192;
constexpr int kRunsOfBlock = 8;

constexpr int kSquareSumSlices = 1024;
struct SquareSumParameters {
  int32_t slices;
  int64_t first_run;                    // of the launch
  int64_t start[kSquareSumSlices + 1];  // where a slice begins, of all that lie end to end; the end
  const float* gradient[kSquareSumSlices];
  double* sums;  // of all runs
};

constexpr int kTotalThreads = 1024;
struct TotalParameters {
  const double* sums;  // (runs)
  int64_t runs;
  double* total;
  double* block_sums;  // or null
};

struct UpdatedSlice {
  float* master;
  const float* gradient;
  float* m;
  float* v;
  int64_t count;
  float weight_decay, learning_rate_scale;
  uint16_t* compute;  // or null
  bool packed;        // all of them at addresses for packs
};
constexpr int kAdamWSlices = 448;
struct AdamWParameters {
  int32_t slices;
  int32_t first_run[kAdamWSlices];  // of a slice, each cut from its own beginning
  UpdatedSlice slice[kAdamWSlices];
  const kernels::StepScalars* scalars;
  const kernels::StepVerdict* verdict;
};

struct VerdictParameters {
  const double* sums;  // (parts)
  int64_t parts;
  const kernels::StepScalars* scalars;
  kernels::StepVerdict* verdict;
};

struct LossSumParameters {
  const float* loss;
  double* sum;
  bool accumulate;
};

}  // namespace raddle::cuda
