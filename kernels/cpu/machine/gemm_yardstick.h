// SPDX-License-Identifier: Apache-2.0
// How fast this machine's BLAS libraries multiply matrices with their own threads: the yardstick
// that training speed is compared with. Each library starts a thread pool of its own when it is
// opened, so measure each in a process of its own, never in one that trains.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/cpu/matrix/blas.h"
#include "runtime/base/status.h"

namespace raddle::kernels {

// One matrix product of a linear layer with `rows` tokens and weights (out, in).
enum class GemmPass : uint8_t { kForward, kGradInput, kGradWeight };
struct GemmShape {
  GemmPass pass;
  int64_t rows, in, out;
  int64_t per_step = 1;  // how often a training step does it
  double flops() const {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(in) * static_cast<double>(out);
  }
};
std::string_view gemm_pass_name(GemmPass pass);

// The same product as a call; weight gradients add onto c. The buffers hold gemm_operand_floats().
struct GemmOperandFloats {
  int64_t a, b, c;
};
GemmOperandFloats gemm_operand_floats(const GemmShape& shape);
GemmCall gemm_call_of(const GemmShape& shape, const float* a, const float* b, float* c);

// "openblas-openmp", "openblas-pthread", "onednn".
std::span<const std::string_view> gemm_yardstick_libraries();

// Median seconds of one call of each shape with `threads` threads. UNAVAILABLE names the package
// when the library is missing; INVALID_ARGUMENT for an unknown name. Keeps the library open.
StatusOr<std::vector<double>> measure_gemm_library(std::string_view library, int threads,
                                                   std::span<const GemmShape> shapes);

// Median seconds of `run` on buffers made for the shape, after one warm-up call.
StatusOr<double> median_gemm_seconds(const GemmShape& shape,
                                     const std::function<void(const GemmCall&)>& run);

// GFLOP/s of a whole step at the best library for each shape: all flops over the sum of best times.
// seconds[library][shape]; a library that could not be measured is an empty vector.
double best_gemm_gflops(std::span<const GemmShape> shapes,
                        std::span<const std::vector<double>> seconds);

}  // namespace raddle::kernels
