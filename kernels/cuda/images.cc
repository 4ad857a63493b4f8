// SPDX-License-Identifier: Apache-2.0
// The images of the .cu files, which the build puts into the library (runtime/cmake/cuda.cmake).
#include "kernels/cuda/code.h"

#define RADDLE_CUDA_KERNEL(file, kernel, dynamic_shared_bytes)

#define RADDLE_CUDA_IMAGE(file) extern "C" const unsigned char raddle_cuda_image_##file[];
#include "kernels/cuda/code.inc"
#undef RADDLE_CUDA_IMAGE

namespace raddle::kernels {

std::span<const void* const> cuda_images() {
  static const void* const kImages[] = {
#define RADDLE_CUDA_IMAGE(file) raddle_cuda_image_##file,
#include "kernels/cuda/code.inc"
#undef RADDLE_CUDA_IMAGE
  };
  return kImages;
}

}  // namespace raddle::kernels
