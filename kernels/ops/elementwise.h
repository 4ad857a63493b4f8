// SPDX-License-Identifier: Apache-2.0
// Pointwise operations. Outputs may alias inputs of the same shape.
#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace raddle::kernels {

// GELU, tanh form: y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). Error of the tuned tanh
// < 1e-6 absolute.
struct GeluArgs {
  const float* x;  // (count)
  float* y;        // (count)
  int64_t count;
};
struct GeluGradArgs {
  const float* dy;  // (count)
  const float* x;   // (count)
  float* dx;        // (count)
  int64_t count;
};

// SwiGLU on a packed projection [gate | up]: y = gate sigmoid(gate) up.
struct SwigluArgs {
  const float* x;  // (rows, 2 width)
  float* y;        // (rows, width)
  int64_t rows, width;
};
struct SwigluGradArgs {
  const float* dy;  // (rows, width)
  const float* x;   // (rows, 2 width)
  float* dx;        // (rows, 2 width); may alias x
  int64_t rows, width;
};

// GEGLU (Shazeer, arXiv 2002.05202) on the same projection: y = gelu(gate) up, GELU as above.
struct GegluArgs {
  const float* x;  // (rows, 2 width)
  float* y;        // (rows, width)
  int64_t rows, width;
};
struct GegluGradArgs {
  const float* dy;  // (rows, width)
  const float* x;   // (rows, 2 width)
  float* dx;        // (rows, 2 width); may alias x
  int64_t rows, width;
};

// y = a + scale * b; b null: y = scale * a. (Residual add, residual scaling.)
struct AddArgs {
  const float* a;  // (count)
  const float* b;  // (count) or null
  float* y;        // (count)
  int64_t count;
  float scale;
};

// Columns of two matrices side by side, and back.
struct ConcatArgs {
  const float* a;  // (rows, a_width)
  const float* b;  // (rows, b_width)
  float* y;        // (rows, a_width + b_width)
  int64_t rows, a_width, b_width;
};
struct SplitArgs {
  const float* y;  // (rows, a_width + b_width)
  float* a;        // (rows, a_width)
  float* b;        // (rows, b_width)
  int64_t rows, a_width, b_width;
};

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

KernelList<GeluArgs> gelu_kernels();
KernelList<GeluGradArgs> gelu_grad_kernels();
KernelList<SwigluArgs> swiglu_kernels();
KernelList<SwigluGradArgs> swiglu_grad_kernels();
KernelList<GegluArgs> geglu_kernels();
KernelList<GegluGradArgs> geglu_grad_kernels();
KernelList<AddArgs> add_kernels();
KernelList<ConcatArgs> concat_kernels();
KernelList<SplitArgs> split_kernels();

}  // namespace raddle::kernels
