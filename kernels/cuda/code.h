// SPDX-License-Identifier: Apache-2.0
// The device code of all CUDA kernels, by name, and how their host sides queue it.
#pragma once

#include <type_traits>

#include "kernels/bf16.h"
#include "kernels/kernel.h"
#include "runtime/device/cuda/cuda_device.h"
#include "runtime/device/cuda/cuda_launch.h"

namespace raddle::kernels {

// Index in cuda_code().functions.
enum class CudaKernel : int32_t {
#define RADDLE_CUDA_IMAGE(file)
#define RADDLE_CUDA_KERNEL(file, kernel, dynamic_shared_bytes) kernel,
#include "kernels/cuda/code.inc"
#undef RADDLE_CUDA_KERNEL
#undef RADDLE_CUDA_IMAGE
};

// Of two kernels that differ in the type of activations, that of T.
template <class T>
constexpr CudaKernel of_type(CudaKernel of_float, CudaKernel of_bf16) {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, Bf16>);
  return std::is_same_v<T, float> ? of_float : of_bf16;
}

// What open_cuda_device() loads. Of no images where the build found no toolkit.
std::span<const void* const> cuda_images();
device::CudaCode cuda_code();

// What a kernel may take since CUDA 12.1 (compute capability 7.0 and later).
inline constexpr size_t kMostParameterBytes = 32764;

template <class Parameters>
Status launch_cuda(const Launch& launch, CudaKernel kernel, const device::CudaGrid& grid,
                   const Parameters& parameters) {
  static_assert(std::is_trivially_copyable_v<Parameters> &&
                sizeof(Parameters) <= kMostParameterBytes);
  return device::launch_cuda_function(launch.stream, static_cast<int32_t>(kernel), grid,
                                      &parameters);
}

// Blocks of `each` that cover `count`.
constexpr int64_t blocks_for(int64_t count, int64_t each) { return (count + each - 1) / each; }

}  // namespace raddle::kernels
