// SPDX-License-Identifier: Apache-2.0
// The update: one pass for this rank's part of the gradient norm, the verdict on all parts, one
// pass for AdamW with the clip folded in. And what a step reports beside it: its losses.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/kernel.h"
#include "kernels/ops/step_values.h"

namespace raddle::kernels {

// The slices of all ranks, end to end, are cut into blocks of this many elements; a block's sum of
// squares is made in one order. A rank that holds whole blocks has the same sums as one that holds
// all.
inline constexpr int64_t kUpdateBlockElements = 1 << 16;

// One run of parameters that shares hyper-parameters. Memory of the StateStore.
struct ParameterSlice {
  float* master;    // (count)
  float* gradient;  // (count); read only: reduced gradients are kept until commit, never scaled
  float* m;         // (count)
  float* v;         // (count)
  int64_t count;
  float weight_decay;         // decoupled; 0 for norms, biases
  float learning_rate_scale;  // multiplies the schedule's rate
  // (count), or null: the master in BF16, for kernels that compute in it.
  uint16_t* compute = nullptr;
};

// Of the squares of all gradients that this rank has, in slice order over fixed blocks. What ranks
// exchange lies between this and the verdict; one rank has nothing to exchange.
struct SquareSumArgs {
  std::span<const ParameterSlice> slices;
  double* sum;                   // (1): of the blocks, in their order
  double* block_sums = nullptr;  // (square_sum_blocks(slices)), or null: of each block
};
int64_t square_sum_blocks(std::span<const ParameterSlice> slices);

// Adds the parts in their order. Of the one sum of a single rank it makes the same verdict, bit for
// bit, as of the block sums of any number of ranks, in the order of the elements; of one sum a rank
// it may differ in the last bits.
struct StepVerdictArgs {
  const double* sums;  // (parts)
  int64_t parts;
  const StepScalars* scalars;
  StepVerdict* verdict;
};

// What the micro-batches of a step sum up to, in double.
struct LossSumArgs {
  const float* loss;  // (1), of this micro-batch
  double* sum;        // (1)
  bool accumulate;
};

// m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2 with g = clip * gradient;
// master -= lr * scale * (m / c1 / (sqrt(v / c2) + eps) + weight_decay * master); and compute,
// where a slice has one, is the new master as f32_to_bf16() rounds it.
struct AdamWArgs {
  std::span<const ParameterSlice> slices;
  const StepScalars* scalars;
  const StepVerdict* verdict;
};

// The kernels; lists/ has their order.
extern const Kernel<SquareSumArgs> kSquareSumCuda, kSquareSumCpu, kSquareSumRef;
extern const Kernel<StepVerdictArgs> kStepVerdictCuda, kStepVerdictRef;
extern const Kernel<AdamWArgs> kAdamWCuda, kAdamWCpu, kAdamWRef;
extern const Kernel<LossSumArgs> kLossSumCuda, kLossSumRef;

KernelList<SquareSumArgs> square_sum_kernels();
KernelList<StepVerdictArgs> step_verdict_kernels();
KernelList<AdamWArgs> adamw_kernels();
KernelList<LossSumArgs> loss_sum_kernels();

}  // namespace raddle::kernels
