// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/code.h"

namespace raddle::kernels {
namespace {

enum Image : int32_t {
#define RADDLE_CUDA_IMAGE(file) kImage_##file,
#define RADDLE_CUDA_KERNEL(file, kernel, dynamic_shared_bytes)
#include "kernels/cuda/code.inc"
#undef RADDLE_CUDA_KERNEL
#undef RADDLE_CUDA_IMAGE
};

constexpr device::CudaFunction kFunctions[] = {
#define RADDLE_CUDA_IMAGE(file)
#define RADDLE_CUDA_KERNEL(file, kernel, dynamic_shared_bytes) \
  {"raddle_" #kernel, kImage_##file, dynamic_shared_bytes},
#include "kernels/cuda/code.inc"
#undef RADDLE_CUDA_KERNEL
#undef RADDLE_CUDA_IMAGE
};

}  // namespace

device::CudaCode cuda_code() { return {cuda_images(), kFunctions}; }

}  // namespace raddle::kernels
