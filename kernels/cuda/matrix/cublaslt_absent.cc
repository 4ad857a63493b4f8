// SPDX-License-Identifier: Apache-2.0
// In the place of cuBLASLt where the build found no toolkit.
#include "kernels/cuda/matrix/cublaslt.h"

namespace raddle::kernels {
namespace {

Status absent() {
  return unavailable("this library was built without CUDA, and so without cuBLASLt");
}

size_t no_bytes(const CudaProduct&) { return 0; }
Status refuse(const CudaProduct&, const Launch&) { return absent(); }

}  // namespace

void find_cublaslt(device::DeviceCaps& caps) {
  caps.has_cublaslt = false;
  caps.cublaslt_name = absent().message();
}

StatusOr<std::string> inspect_cublaslt(const std::string&) { return absent(); }

constinit const CudaProducts kCublasLtProducts = {&no_bytes, &refuse, &refuse};

}  // namespace raddle::kernels
