// SPDX-License-Identifier: Apache-2.0
// Kernels of virtual width, best first, the reference last.
#include "kernels/ops/hyper_connection.h"

namespace raddle::kernels {

KernelList<HyperConnectionReadArgs> hyper_connection_read_kernels() {
  static constexpr const Kernel<HyperConnectionReadArgs>* kList[] = {
      &kHyperConnectionReadCuda, &kHyperConnectionReadCpu, &kHyperConnectionReadRef};
  return kList;
}
KernelList<HyperConnectionWriteArgs> hyper_connection_write_kernels() {
  static constexpr const Kernel<HyperConnectionWriteArgs>* kList[] = {
      &kHyperConnectionWriteCuda, &kHyperConnectionWriteCpu, &kHyperConnectionWriteRef};
  return kList;
}
KernelList<HyperConnectionBoundaryArgs> hyper_connection_boundary_kernels() {
  static constexpr const Kernel<HyperConnectionBoundaryArgs>* kList[] = {
      &kHyperConnectionBoundaryCuda, &kHyperConnectionBoundaryCpu, &kHyperConnectionBoundaryRef};
  return kList;
}
KernelList<HyperConnectionReadGradArgs> hyper_connection_read_grad_kernels() {
  static constexpr const Kernel<HyperConnectionReadGradArgs>* kList[] = {
      &kHyperConnectionReadGradCuda, &kHyperConnectionReadGradCpu, &kHyperConnectionReadGradRef};
  return kList;
}
KernelList<HyperConnectionWriteGradArgs> hyper_connection_write_grad_kernels() {
  static constexpr const Kernel<HyperConnectionWriteGradArgs>* kList[] = {
      &kHyperConnectionWriteGradCuda, &kHyperConnectionWriteGradCpu, &kHyperConnectionWriteGradRef};
  return kList;
}
KernelList<HyperConnectionBoundaryGradArgs> hyper_connection_boundary_grad_kernels() {
  static constexpr const Kernel<HyperConnectionBoundaryGradArgs>* kList[] = {
      &kHyperConnectionBoundaryGradCuda, &kHyperConnectionBoundaryGradCpu,
      &kHyperConnectionBoundaryGradRef};
  return kList;
}

}  // namespace raddle::kernels
