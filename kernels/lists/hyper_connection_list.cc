// SPDX-License-Identifier: Apache-2.0
// Kernels of virtual width, best first, the reference last.
#include "kernels/ops/hyper_connection.h"

namespace raddle::kernels {

KernelList<GhcReadArgs> ghc_read_kernels() {
  static constexpr const Kernel<GhcReadArgs>* kList[] = {&kGhcReadCpu, &kGhcReadRef};
  return kList;
}
KernelList<GhcWriteArgs> ghc_write_kernels() {
  static constexpr const Kernel<GhcWriteArgs>* kList[] = {&kGhcWriteCpu, &kGhcWriteRef};
  return kList;
}
KernelList<GhcBoundaryArgs> ghc_boundary_kernels() {
  static constexpr const Kernel<GhcBoundaryArgs>* kList[] = {&kGhcBoundaryCpu, &kGhcBoundaryRef};
  return kList;
}
KernelList<GhcReadGradArgs> ghc_read_grad_kernels() {
  static constexpr const Kernel<GhcReadGradArgs>* kList[] = {&kGhcReadGradCpu, &kGhcReadGradRef};
  return kList;
}
KernelList<GhcWriteGradArgs> ghc_write_grad_kernels() {
  static constexpr const Kernel<GhcWriteGradArgs>* kList[] = {&kGhcWriteGradCpu, &kGhcWriteGradRef};
  return kList;
}
KernelList<GhcBoundaryGradArgs> ghc_boundary_grad_kernels() {
  static constexpr const Kernel<GhcBoundaryGradArgs>* kList[] = {&kGhcBoundaryGradCpu,
                                                                 &kGhcBoundaryGradRef};
  return kList;
}

}  // namespace raddle::kernels
