// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/open_device.h"

#include <algorithm>
#include <charconv>

#include "kernels/cpu/machine/instruction_sets.h"
#include "kernels/cpu/matrix/blas.h"
#include "kernels/cuda/code.h"
#include "kernels/cuda/matrix/cublaslt.h"
#include "runtime/device/cpu/cpu_caps.h"
#include "runtime/device/cpu/cpu_device.h"
#include "runtime/device/cuda/cuda_device.h"
#include "runtime/device/guarded/guarded_device.h"

namespace raddle::exec {
namespace {

// "cuda" or "cuda:N".
StatusOr<int> cuda_index(std::string_view name) {
  constexpr std::string_view kPrefix = "cuda:";
  int index = 0;
  if (name == "cuda") return index;
  const char* const end = name.data() + name.size();
  const auto read =
      std::from_chars(name.data() + std::min(kPrefix.size(), name.size()), end, index);
  if (!name.starts_with(kPrefix) || read.ec != std::errc() || read.ptr != end || index < 0) {
    return invalid_argument("runtime.device is '{}'; a CUDA device is cuda or cuda:N", name);
  }
  return index;
}

}  // namespace

StatusOr<device::DeviceCaps> device_caps(const DeviceOptions& options) {
  if (options.name == "guarded") return device::guarded_caps(options.threads);
  if (options.name.starts_with("cuda")) {
    RADDLE_ASSIGN_OR_RETURN(const int index, cuda_index(options.name));
    RADDLE_ASSIGN_OR_RETURN(device::DeviceCaps caps, device::cuda_caps(index, options.threads));
    kernels::find_cublaslt(caps);
    return caps;
  }
  device::DeviceCaps caps = device::detect_cpu(options.threads);
  RADDLE_RETURN_IF_ERROR(kernels::limit_instruction_sets(caps));
  RADDLE_RETURN_IF_ERROR(kernels::choose_matrix_library(options.matrix_library, caps));
  return caps;
}

StatusOr<std::unique_ptr<device::Device>> open_device(const DeviceOptions& options) {
  RADDLE_ASSIGN_OR_RETURN(const device::DeviceCaps caps, device_caps(options));
  if (caps.kind == device::Kind::kGuarded) {
    RADDLE_ASSIGN_OR_RETURN(auto device, device::GuardedDevice::create(caps, {}));
    return std::unique_ptr<device::Device>(std::move(device));
  }
  if (caps.kind == device::Kind::kCuda) {
    return device::open_cuda_device(caps, kernels::cuda_code());
  }
  const device::MatrixLibrary library = caps.matrix_library;
  RADDLE_RETURN_IF_ERROR(kernels::reserve_blas_buffers(library, caps.threads));
  // A worker has the library for matrix products compile its code while the caller still reads
  // data.
  const auto warm_up = [library] { kernels::warm_up_blas(library); };
  RADDLE_ASSIGN_OR_RETURN(auto device, device::CpuDevice::create(caps, warm_up));
  if (caps.threads == 1) warm_up();
  return std::unique_ptr<device::Device>(std::move(device));
}

}  // namespace raddle::exec
