// SPDX-License-Identifier: Apache-2.0
// Kernels of virtual width, best first, the reference last.
#include "kernels/ops/hyper_connection.h"
#include "kernels/ref/hyper_connection.h"

namespace raddle::kernels {

KernelList<GhcReadArgs> ghc_read_kernels() {
  static constexpr const Kernel<GhcReadArgs>* kList[] = {&kGhcReadRef};
  return kList;
}
KernelList<GhcWriteArgs> ghc_write_kernels() {
  static constexpr const Kernel<GhcWriteArgs>* kList[] = {&kGhcWriteRef};
  return kList;
}
KernelList<GhcBoundaryArgs> ghc_boundary_kernels() {
  static constexpr const Kernel<GhcBoundaryArgs>* kList[] = {&kGhcBoundaryRef};
  return kList;
}
KernelList<GhcReadGradArgs> ghc_read_grad_kernels() {
  static constexpr const Kernel<GhcReadGradArgs>* kList[] = {&kGhcReadGradRef};
  return kList;
}
KernelList<GhcWriteGradArgs> ghc_write_grad_kernels() {
  static constexpr const Kernel<GhcWriteGradArgs>* kList[] = {&kGhcWriteGradRef};
  return kList;
}
KernelList<GhcBoundaryGradArgs> ghc_boundary_grad_kernels() {
  static constexpr const Kernel<GhcBoundaryGradArgs>* kList[] = {&kGhcBoundaryGradRef};
  return kList;
}

}  // namespace raddle::kernels
