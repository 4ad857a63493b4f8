// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/code.h"

#include <array>

#ifdef RADDLE_CUDA
// Made of the .cu files by the build (kernels/cuda/CMakeLists.txt).
#define RADDLE_CUDA_IMAGE(file) extern "C" const unsigned char raddle_cuda_image_##file[];
#define RADDLE_CUDA_KERNEL(file, kernel, dynamic_shared_bytes)
#include "kernels/cuda/code.inc"
#undef RADDLE_CUDA_KERNEL
#undef RADDLE_CUDA_IMAGE
#endif

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

device::CudaCode cuda_code() {
#ifdef RADDLE_CUDA
  static const void* const kImages[] = {
#define RADDLE_CUDA_IMAGE(file) raddle_cuda_image_##file,
#define RADDLE_CUDA_KERNEL(file, kernel, dynamic_shared_bytes)
#include "kernels/cuda/code.inc"
#undef RADDLE_CUDA_KERNEL
#undef RADDLE_CUDA_IMAGE
  };
  return {kImages, kFunctions};
#else
  return {{}, kFunctions};
#endif
}

}  // namespace raddle::kernels
