// SPDX-License-Identifier: Apache-2.0
// The matrix products that linear layers are, for whichever kernel carries them out.
#pragma once

#include "kernels/matrix/gemm_call.h"
#include "kernels/ops/linear.h"

namespace raddle::kernels {

// `weight` is (out, in): transposed as the right factor of x W^T.
inline GemmCall product_of(const LinearArgs& args) {
  return {.a = args.x,
          .b = args.weight,
          .c = args.y,
          .m = args.rows,
          .n = args.out,
          .k = args.in,
          .a_stride = args.in,
          .b_stride = args.in,
          .c_stride = args.out,
          .a_transposed = false,
          .b_transposed = true,
          .beta = 0.0f};
}

inline GemmCall product_of(const LinearGradInputArgs& args) {
  return {.a = args.dy,
          .b = args.weight,
          .c = args.dx,
          .m = args.rows,
          .n = args.in,
          .k = args.out,
          .a_stride = args.out,
          .b_stride = args.in,
          .c_stride = args.in,
          .a_transposed = false,
          .b_transposed = false,
          .beta = 0.0f};
}

inline GemmCall product_of(const LinearGradWeightArgs& args) {
  return {.a = args.dy,
          .b = args.x,
          .c = args.dweight,
          .m = args.out,
          .n = args.in,
          .k = args.rows,
          .a_stride = args.out,
          .b_stride = args.in,
          .c_stride = args.in,
          .a_transposed = true,
          .b_transposed = false,
          .beta = args.accumulate ? 1.0f : 0.0f};
}

// Only the forward pass has one.
inline const float* bias_of(const LinearArgs& args) { return args.bias; }
inline const float* bias_of(const LinearGradInputArgs&) { return nullptr; }
inline const float* bias_of(const LinearGradWeightArgs&) { return nullptr; }

}  // namespace raddle::kernels
