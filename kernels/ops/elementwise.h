// SPDX-License-Identifier: Apache-2.0
// Pointwise operations. Outputs may alias inputs of the same shape.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace raddle::kernels {

// GELU, tanh form: y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). Error of the tuned tanh
// < 1e-6 absolute.
template <class T>
struct GeluArgsOf {
  const T* x;  // (count)
  T* y;        // (count)
  int64_t count;
};
using GeluArgs = GeluArgsOf<float>;
template <class T>
struct GeluGradArgsOf {
  const T* dy;  // (count)
  const T* x;   // (count)
  T* dx;        // (count)
  int64_t count;
};
using GeluGradArgs = GeluGradArgsOf<float>;

// SwiGLU on a packed projection [gate | up]: y = gate sigmoid(gate) up.
template <class T>
struct SwigluArgsOf {
  const T* x;  // (rows, 2 width)
  T* y;        // (rows, width)
  int64_t rows, width;
};
using SwigluArgs = SwigluArgsOf<float>;
template <class T>
struct SwigluGradArgsOf {
  const T* dy;  // (rows, width)
  const T* x;   // (rows, 2 width)
  T* dx;        // (rows, 2 width); may alias x
  int64_t rows, width;
};
using SwigluGradArgs = SwigluGradArgsOf<float>;

// GEGLU (Shazeer, arXiv 2002.05202) on the same projection: y = gelu(gate) up, GELU as above.
template <class T>
struct GegluArgsOf {
  const T* x;  // (rows, 2 width)
  T* y;        // (rows, width)
  int64_t rows, width;
};
using GegluArgs = GegluArgsOf<float>;
template <class T>
struct GegluGradArgsOf {
  const T* dy;  // (rows, width)
  const T* x;   // (rows, 2 width)
  T* dx;        // (rows, 2 width); may alias x
  int64_t rows, width;
};
using GegluGradArgs = GegluGradArgsOf<float>;

// y = a + scale * b; b null: y = scale * a. (Residual add, residual scaling.)
template <class T>
struct AddArgsOf {
  const T* a;  // (count)
  const T* b;  // (count) or null
  T* y;        // (count)
  int64_t count;
  float scale;
};
using AddArgs = AddArgsOf<float>;

// Columns of two matrices side by side, and back.
template <class T>
struct ConcatArgsOf {
  const T* a;  // (rows, a_width)
  const T* b;  // (rows, b_width)
  T* y;        // (rows, a_width + b_width)
  int64_t rows, a_width, b_width;
};
using ConcatArgs = ConcatArgsOf<float>;
template <class T>
struct SplitArgsOf {
  const T* y;  // (rows, a_width + b_width)
  T* a;        // (rows, a_width)
  T* b;        // (rows, b_width)
  int64_t rows, a_width, b_width;
};
using SplitArgs = SplitArgsOf<float>;

// The kernels; lists/ has their order.
extern const Kernel<GeluArgs> kGeluCuda, kGeluCpu, kGeluRef;
extern const Kernel<GeluGradArgs> kGeluGradCuda, kGeluGradCpu, kGeluGradRef;
extern const Kernel<SwigluArgs> kSwigluCuda, kSwigluCpu, kSwigluRef;
extern const Kernel<SwigluGradArgs> kSwigluGradCuda, kSwigluGradCpu, kSwigluGradRef;
extern const Kernel<GegluArgs> kGegluCuda, kGegluCpu, kGegluRef;
extern const Kernel<GegluGradArgs> kGegluGradCuda, kGegluGradCpu, kGegluGradRef;
extern const Kernel<AddArgs> kAddCuda, kAddCpu, kAddRef;
extern const Kernel<ConcatArgs> kConcatCuda, kConcatCpu, kConcatRef;
extern const Kernel<SplitArgs> kSplitCuda, kSplitCpu, kSplitRef;

extern const Kernel<GeluArgsOf<Bf16>> kGeluCudaBf16, kGeluRefBf16;
extern const Kernel<GeluGradArgsOf<Bf16>> kGeluGradCudaBf16, kGeluGradRefBf16;
extern const Kernel<SwigluArgsOf<Bf16>> kSwigluCudaBf16, kSwigluRefBf16;
extern const Kernel<SwigluGradArgsOf<Bf16>> kSwigluGradCudaBf16, kSwigluGradRefBf16;
extern const Kernel<GegluArgsOf<Bf16>> kGegluCudaBf16, kGegluRefBf16;
extern const Kernel<GegluGradArgsOf<Bf16>> kGegluGradCudaBf16, kGegluGradRefBf16;
extern const Kernel<AddArgsOf<Bf16>> kAddCudaBf16, kAddRefBf16;
extern const Kernel<ConcatArgsOf<Bf16>> kConcatCudaBf16, kConcatRefBf16;
extern const Kernel<SplitArgsOf<Bf16>> kSplitCudaBf16, kSplitRefBf16;

template <class T = float>
KernelList<GeluArgsOf<T>> gelu_kernels();
template <class T = float>
KernelList<GeluGradArgsOf<T>> gelu_grad_kernels();
template <class T = float>
KernelList<SwigluArgsOf<T>> swiglu_kernels();
template <class T = float>
KernelList<SwigluGradArgsOf<T>> swiglu_grad_kernels();
template <class T = float>
KernelList<GegluArgsOf<T>> geglu_kernels();
template <class T = float>
KernelList<GegluGradArgsOf<T>> geglu_grad_kernels();
template <class T = float>
KernelList<AddArgsOf<T>> add_kernels();
template <class T = float>
KernelList<ConcatArgsOf<T>> concat_kernels();
template <class T = float>
KernelList<SplitArgsOf<T>> split_kernels();

}  // namespace raddle::kernels
