// SPDX-License-Identifier: Apache-2.0
// The matrix products that linear layers are, for whichever kernel carries them out.
#pragma once

#include "kernels/matrix/gemm_call.h"
#include "kernels/ops/linear.h"

namespace raddle::kernels {

// `weight` is (out, in): transposed as the right factor of x W^T.
template <class T>
GemmCallOf<T> product_of(const LinearArgsOf<T>& args) {
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

template <class T>
GemmCallOf<T> product_of(const LinearGradInputArgsOf<T>& args) {
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

template <class T>
GemmCallOf<T, float> product_of(const LinearGradWeightArgsOf<T>& args) {
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
template <class T>
const T* bias_of(const LinearArgsOf<T>& args) {
  return args.bias;
}
template <class T>
const T* bias_of(const LinearGradInputArgsOf<T>&) {
  return nullptr;
}
template <class T>
const T* bias_of(const LinearGradWeightArgsOf<T>&) {
  return nullptr;
}

}  // namespace raddle::kernels
