// SPDX-License-Identifier: Apache-2.0
// Host side of the pointwise kernels.
#include "kernels/cuda/elementwise.h"

#include "kernels/cuda/alignment.h"
#include "kernels/cuda/code.h"
#include "kernels/ops/elementwise.h"

namespace raddle::kernels {
namespace {

using cuda::GatedParameters;
using cuda::kPointwiseThreads;
using cuda::PointwiseParameters;

struct ColumnsShape {
  int64_t rows, a_width, b_width;
};

device::CudaGrid grid_for(int64_t threads) {
  return {blocks_for(threads, kPointwiseThreads), kPointwiseThreads};
}

template <class T>
Status pointwise(CudaKernel of_float, CudaKernel of_bf16, PointwiseParameters<T> p,
                 const Launch& launch) {
  p.packed = is_packed(p.count, p.a, p.b, p.y);
  return launch_cuda(launch, of_type<T>(of_float, of_bf16),
                     grid_for(p.count / pack_lanes<T>(p.packed)), p);
}

template <class T>
Status gated(CudaKernel of_float, CudaKernel of_bf16, GatedParameters<T> p, const Launch& launch) {
  p.packed = is_packed(p.width, p.dy, p.x, p.y);
  return launch_cuda(launch, of_type<T>(of_float, of_bf16),
                     grid_for(p.rows * p.width / pack_lanes<T>(p.packed)), p);
}

// Widths in elements of T come in, and words are made of them.
template <class T>
Status columns(CudaKernel kernel, const T* a, const T* b, const T* y, const ColumnsShape& shape,
               const Launch& launch) {
  constexpr int64_t kBytes = sizeof(T);
  const int64_t word = longest_word(kBytes * (shape.a_width | shape.b_width), a, b, y);
  const cuda::ColumnsParameters p = {const_cast<T*>(a),
                                     const_cast<T*>(b),
                                     const_cast<T*>(y),
                                     shape.rows,
                                     shape.a_width * kBytes / word,
                                     shape.b_width * kBytes / word,
                                     word};
  return launch_cuda(launch, kernel, grid_for(p.rows * (p.a_width + p.b_width)), p);
}

template <class T>
Status gelu(const GeluArgsOf<T>& a, const Launch& launch) {
  return pointwise<T>(CudaKernel::gelu, CudaKernel::gelu_bf16,
                      {a.x, nullptr, a.y, a.count, 1, false}, launch);
}
template <class T>
Status gelu_grad(const GeluGradArgsOf<T>& a, const Launch& launch) {
  return pointwise<T>(CudaKernel::gelu_grad, CudaKernel::gelu_grad_bf16,
                      {a.dy, a.x, a.dx, a.count, 1, false}, launch);
}
template <class T>
Status add(const AddArgsOf<T>& a, const Launch& launch) {
  return pointwise<T>(CudaKernel::add, CudaKernel::add_bf16,
                      {a.a, a.b, a.y, a.count, a.scale, false}, launch);
}
template <class T>
Status swiglu(const SwigluArgsOf<T>& a, const Launch& launch) {
  return gated<T>(CudaKernel::swiglu, CudaKernel::swiglu_bf16,
                  {nullptr, a.x, a.y, a.rows, a.width, false}, launch);
}
template <class T>
Status swiglu_grad(const SwigluGradArgsOf<T>& a, const Launch& launch) {
  return gated<T>(CudaKernel::swiglu_grad, CudaKernel::swiglu_grad_bf16,
                  {a.dy, a.x, a.dx, a.rows, a.width, false}, launch);
}
template <class T>
Status geglu(const GegluArgsOf<T>& a, const Launch& launch) {
  return gated<T>(CudaKernel::geglu, CudaKernel::geglu_bf16,
                  {nullptr, a.x, a.y, a.rows, a.width, false}, launch);
}
template <class T>
Status geglu_grad(const GegluGradArgsOf<T>& a, const Launch& launch) {
  return gated<T>(CudaKernel::geglu_grad, CudaKernel::geglu_grad_bf16,
                  {a.dy, a.x, a.dx, a.rows, a.width, false}, launch);
}
template <class T>
Status concat(const ConcatArgsOf<T>& a, const Launch& launch) {
  return columns(CudaKernel::concat, a.a, a.b, a.y, {a.rows, a.a_width, a.b_width}, launch);
}
template <class T>
Status split(const SplitArgsOf<T>& a, const Launch& launch) {
  return columns<T>(CudaKernel::split, a.a, a.b, a.y, {a.rows, a.a_width, a.b_width}, launch);
}

template <class Args>
constexpr Kernel<Args> made(std::string_view name, Status (*launch)(const Args&, const Launch&)) {
  return {name, accept_any<Args>, no_scratch<Args>, launch, RunsOn::kCuda};
}

}  // namespace

constinit const Kernel<GeluArgs> kGeluCuda = made("gelu:cuda", gelu<float>);
constinit const Kernel<GeluArgsOf<Bf16>> kGeluCudaBf16 = made("gelu:cuda", gelu<Bf16>);
constinit const Kernel<GeluGradArgs> kGeluGradCuda = made("gelu_grad:cuda", gelu_grad<float>);
constinit const Kernel<GeluGradArgsOf<Bf16>> kGeluGradCudaBf16 =
    made("gelu_grad:cuda", gelu_grad<Bf16>);
constinit const Kernel<AddArgs> kAddCuda = made("add:cuda", add<float>);
constinit const Kernel<AddArgsOf<Bf16>> kAddCudaBf16 = made("add:cuda", add<Bf16>);
constinit const Kernel<SwigluArgs> kSwigluCuda = made("swiglu:cuda", swiglu<float>);
constinit const Kernel<SwigluArgsOf<Bf16>> kSwigluCudaBf16 = made("swiglu:cuda", swiglu<Bf16>);
constinit const Kernel<SwigluGradArgs> kSwigluGradCuda =
    made("swiglu_grad:cuda", swiglu_grad<float>);
constinit const Kernel<SwigluGradArgsOf<Bf16>> kSwigluGradCudaBf16 =
    made("swiglu_grad:cuda", swiglu_grad<Bf16>);
constinit const Kernel<GegluArgs> kGegluCuda = made("geglu:cuda", geglu<float>);
constinit const Kernel<GegluArgsOf<Bf16>> kGegluCudaBf16 = made("geglu:cuda", geglu<Bf16>);
constinit const Kernel<GegluGradArgs> kGegluGradCuda = made("geglu_grad:cuda", geglu_grad<float>);
constinit const Kernel<GegluGradArgsOf<Bf16>> kGegluGradCudaBf16 =
    made("geglu_grad:cuda", geglu_grad<Bf16>);
constinit const Kernel<ConcatArgs> kConcatCuda = made("concat:cuda", concat<float>);
constinit const Kernel<ConcatArgsOf<Bf16>> kConcatCudaBf16 = made("concat:cuda", concat<Bf16>);
constinit const Kernel<SplitArgs> kSplitCuda = made("split:cuda", split<float>);
constinit const Kernel<SplitArgsOf<Bf16>> kSplitCudaBf16 = made("split:cuda", split<Bf16>);

}  // namespace raddle::kernels
