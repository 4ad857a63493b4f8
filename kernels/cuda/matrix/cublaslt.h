// SPDX-License-Identifier: Apache-2.0
// Matrix products by NVIDIA's cuBLASLt, which is opened at run time. In a build without the toolkit
// there is none (cublaslt_absent.cc). RADDLE_CUBLASLT_LIBRARY names another file to open.
#pragma once

#include <string>

#include "kernels/cuda/matrix/gemm.h"

namespace raddle::kernels {

// Fills has_cublaslt and cublaslt_name. Opens the library, once a process.
void find_cublaslt(device::DeviceCaps& caps);

// Path and version of that file; UNAVAILABLE: it is none, or not of the toolkit's major version.
StatusOr<std::string> inspect_cublaslt(const std::string& path);

// For the probe of a kernel that makes such a product by cuBLASLt.
Verdict cublaslt_takes(const CudaProduct& product, const device::DeviceCaps& caps);

// FP32 without shortcuts, or BF16 with sums in float. The algorithm of a product is the library's
// own first choice, the same each time; prepare() asks for it, and run() then allocates nothing.
extern const CudaProducts kCublasLtProducts;

// What NVIDIA advises for Hopper.
inline constexpr size_t kCublasLtWorkspaceBytes = size_t{32} << 20;

}  // namespace raddle::kernels
