// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "kernels/ops/hyper_connection.h"

namespace raddle::kernels {
namespace {

constexpr std::array kRead = {&kHyperConnectionReadCuda, &kHyperConnectionReadCpu,
                              &kHyperConnectionReadRef};
constexpr std::array kWrite = {&kHyperConnectionWriteCuda, &kHyperConnectionWriteCpu,
                               &kHyperConnectionWriteRef};
constexpr std::array kBoundary = {&kHyperConnectionBoundaryCuda, &kHyperConnectionBoundaryCpu,
                                  &kHyperConnectionBoundaryRef};
constexpr std::array kReadGrad = {&kHyperConnectionReadGradCuda, &kHyperConnectionReadGradCpu,
                                  &kHyperConnectionReadGradRef};
constexpr std::array kWriteGrad = {&kHyperConnectionWriteGradCuda, &kHyperConnectionWriteGradCpu,
                                   &kHyperConnectionWriteGradRef};
constexpr std::array kBoundaryGrad = {&kHyperConnectionBoundaryGradCuda,
                                      &kHyperConnectionBoundaryGradCpu,
                                      &kHyperConnectionBoundaryGradRef};
constexpr std::array kReadBf16 = {&kHyperConnectionReadCudaBf16, &kHyperConnectionReadRefBf16};
constexpr std::array kWriteBf16 = {&kHyperConnectionWriteCudaBf16, &kHyperConnectionWriteRefBf16};
constexpr std::array kBoundaryBf16 = {&kHyperConnectionBoundaryCudaBf16,
                                      &kHyperConnectionBoundaryRefBf16};
constexpr std::array kReadGradBf16 = {&kHyperConnectionReadGradCudaBf16,
                                      &kHyperConnectionReadGradRefBf16};
constexpr std::array kWriteGradBf16 = {&kHyperConnectionWriteGradCudaBf16,
                                       &kHyperConnectionWriteGradRefBf16};
constexpr std::array kBoundaryGradBf16 = {&kHyperConnectionBoundaryGradCudaBf16,
                                          &kHyperConnectionBoundaryGradRefBf16};

}  // namespace

template <>
KernelList<HyperConnectionReadArgs> hyper_connection_read_kernels<float>() {
  return kRead;
}
template <>
KernelList<HyperConnectionReadArgsOf<Bf16>> hyper_connection_read_kernels<Bf16>() {
  return kReadBf16;
}
template <>
KernelList<HyperConnectionWriteArgs> hyper_connection_write_kernels<float>() {
  return kWrite;
}
template <>
KernelList<HyperConnectionWriteArgsOf<Bf16>> hyper_connection_write_kernels<Bf16>() {
  return kWriteBf16;
}
template <>
KernelList<HyperConnectionBoundaryArgs> hyper_connection_boundary_kernels<float>() {
  return kBoundary;
}
template <>
KernelList<HyperConnectionBoundaryArgsOf<Bf16>> hyper_connection_boundary_kernels<Bf16>() {
  return kBoundaryBf16;
}
template <>
KernelList<HyperConnectionReadGradArgs> hyper_connection_read_grad_kernels<float>() {
  return kReadGrad;
}
template <>
KernelList<HyperConnectionReadGradArgsOf<Bf16>> hyper_connection_read_grad_kernels<Bf16>() {
  return kReadGradBf16;
}
template <>
KernelList<HyperConnectionWriteGradArgs> hyper_connection_write_grad_kernels<float>() {
  return kWriteGrad;
}
template <>
KernelList<HyperConnectionWriteGradArgsOf<Bf16>> hyper_connection_write_grad_kernels<Bf16>() {
  return kWriteGradBf16;
}
template <>
KernelList<HyperConnectionBoundaryGradArgs> hyper_connection_boundary_grad_kernels<float>() {
  return kBoundaryGrad;
}
template <>
KernelList<HyperConnectionBoundaryGradArgsOf<Bf16>> hyper_connection_boundary_grad_kernels<Bf16>() {
  return kBoundaryGradBf16;
}

}  // namespace raddle::kernels
