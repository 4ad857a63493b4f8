// SPDX-License-Identifier: Apache-2.0
// Vector loops over contiguous floats that the product family shares. Each picks the widest
// instruction set of the machine at run time; the bits depend on that choice, never on threads.
#pragma once

#include <cstdint>

#include "kernels/ops/optimizer.h"

namespace raddle::kernels {

// Replaces a row of logits by scale * (softmax(row) - onehot(target)), and returns
// logsumexp(row) - row[target].
double softmax_gradient_row(float* logits, int64_t count, int32_t target, float scale);

// The same loss, leaving the row undefined.
double softmax_loss_row(float* logits, int64_t count, int32_t target);

// out[i] (+)= sum over rows of in[row * stride + i], rows in ascending order.
void sum_rows(const float* in, int64_t rows, int64_t stride, int64_t count, bool accumulate,
              float* out);

// out[i] += in[i].
void add_row(const float* in, int64_t count, float* out);

// Sum of squares in double.
double sum_of_squares(const float* in, int64_t count);

// AdamW over `count` elements of a slice from `begin`, with the factors that are the same for all.
struct AdamWFactors {
  float clip;
  float beta1, one_minus_beta1, beta2, one_minus_beta2;
  float step_size;  // rate / bias_correction1
  float inverse_sqrt_correction2;
  float eps;
  float decay;  // rate * weight_decay
};
void adamw_run(const ParameterSlice& slice, int64_t begin, int64_t count, const AdamWFactors& f);

// As f32_to_bf16() rounds each.
void round_to_bf16(const float* in, int64_t count, uint16_t* out);

}  // namespace raddle::kernels
