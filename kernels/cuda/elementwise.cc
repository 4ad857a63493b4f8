// SPDX-License-Identifier: Apache-2.0
// Host side of the pointwise kernels.
#include "kernels/cuda/elementwise.h"

#include "kernels/cuda/code.h"
#include "kernels/ops/elementwise.h"

namespace raddle::kernels {
namespace {

using cuda::ColumnsParameters;
using cuda::GatedParameters;
using cuda::kPointwiseThreads;
using cuda::PointwiseParameters;

device::CudaGrid grid_for(int64_t elements) {
  return {blocks_for(elements, kPointwiseThreads), kPointwiseThreads};
}

Status pointwise(CudaKernel kernel, const PointwiseParameters& p, const Launch& launch) {
  return launch_cuda(launch, kernel, grid_for(p.count), p);
}

Status gated(CudaKernel kernel, const GatedParameters& p, const Launch& launch) {
  return launch_cuda(launch, kernel, grid_for(p.rows * p.width), p);
}

Status gelu(const GeluArgs& a, const Launch& launch) {
  return pointwise(CudaKernel::gelu, {a.x, nullptr, a.y, a.count, 1}, launch);
}
Status gelu_grad(const GeluGradArgs& a, const Launch& launch) {
  return pointwise(CudaKernel::gelu_grad, {a.dy, a.x, a.dx, a.count, 1}, launch);
}
Status add(const AddArgs& a, const Launch& launch) {
  return pointwise(CudaKernel::add, {a.a, a.b, a.y, a.count, a.scale}, launch);
}
Status swiglu(const SwigluArgs& a, const Launch& launch) {
  return gated(CudaKernel::swiglu, {nullptr, a.x, a.y, a.rows, a.width}, launch);
}
Status swiglu_grad(const SwigluGradArgs& a, const Launch& launch) {
  return gated(CudaKernel::swiglu_grad, {a.dy, a.x, a.dx, a.rows, a.width}, launch);
}
Status geglu(const GegluArgs& a, const Launch& launch) {
  return gated(CudaKernel::geglu, {nullptr, a.x, a.y, a.rows, a.width}, launch);
}
Status geglu_grad(const GegluGradArgs& a, const Launch& launch) {
  return gated(CudaKernel::geglu_grad, {a.dy, a.x, a.dx, a.rows, a.width}, launch);
}
Status concat(const ConcatArgs& a, const Launch& launch) {
  const ColumnsParameters p = {
      const_cast<float*>(a.a), const_cast<float*>(a.b), a.y, a.rows, a.a_width, a.b_width};
  return launch_cuda(launch, CudaKernel::concat, grid_for(p.rows * (p.a_width + p.b_width)), p);
}
Status split(const SplitArgs& a, const Launch& launch) {
  const ColumnsParameters p = {a.a, a.b, const_cast<float*>(a.y), a.rows, a.a_width, a.b_width};
  return launch_cuda(launch, CudaKernel::split, grid_for(p.rows * (p.a_width + p.b_width)), p);
}

}  // namespace

constinit const Kernel<GeluArgs> kGeluCuda = {"gelu:cuda", accept_any<GeluArgs>,
                                              no_scratch<GeluArgs>, gelu, RunsOn::kCuda};
constinit const Kernel<GeluGradArgs> kGeluGradCuda = {
    "gelu_grad:cuda", accept_any<GeluGradArgs>, no_scratch<GeluGradArgs>, gelu_grad, RunsOn::kCuda};
constinit const Kernel<AddArgs> kAddCuda = {"add:cuda", accept_any<AddArgs>, no_scratch<AddArgs>,
                                            add, RunsOn::kCuda};
constinit const Kernel<SwigluArgs> kSwigluCuda = {"swiglu:cuda", accept_any<SwigluArgs>,
                                                  no_scratch<SwigluArgs>, swiglu, RunsOn::kCuda};
constinit const Kernel<SwigluGradArgs> kSwigluGradCuda = {
    "swiglu_grad:cuda", accept_any<SwigluGradArgs>, no_scratch<SwigluGradArgs>, swiglu_grad,
    RunsOn::kCuda};
constinit const Kernel<GegluArgs> kGegluCuda = {"geglu:cuda", accept_any<GegluArgs>,
                                                no_scratch<GegluArgs>, geglu, RunsOn::kCuda};
constinit const Kernel<GegluGradArgs> kGegluGradCuda = {
    "geglu_grad:cuda", accept_any<GegluGradArgs>, no_scratch<GegluGradArgs>, geglu_grad,
    RunsOn::kCuda};
constinit const Kernel<ConcatArgs> kConcatCuda = {"concat:cuda", accept_any<ConcatArgs>,
                                                  no_scratch<ConcatArgs>, concat, RunsOn::kCuda};
constinit const Kernel<SplitArgs> kSplitCuda = {"split:cuda", accept_any<SplitArgs>,
                                                no_scratch<SplitArgs>, split, RunsOn::kCuda};

}  // namespace raddle::kernels
