// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/cuda/driver.h"

#include <cstdlib>

namespace raddle::device {
namespace {

// cuda.h renames functions to their present version (cuMemAlloc to cuMemAlloc_v2): the symbol is
// what the name becomes.
#define RADDLE_CUDA_SYMBOL_(name) #name
#define RADDLE_CUDA_SYMBOL(name) RADDLE_CUDA_SYMBOL_(name)

// Errors that leave the context unusable; a new process is the only cure (CUDA Driver API,
// CUresult).
bool ends_the_context(CUresult result) {
  switch (result) {
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_NVLINK_UNCORRECTABLE:
    case CUDA_ERROR_CONTAINED:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_LAUNCH_FAILED:
    case CUDA_ERROR_TENSOR_MEMORY_LEAK:
    case CUDA_ERROR_EXTERNAL_DEVICE:
      return true;
    default:
      return false;
  }
}

}  // namespace

Status CudaDriver::check(CUresult result, std::string_view what) const {
  if (result == CUDA_SUCCESS) return Status::ok();
  const char *name = nullptr, *text = nullptr;
  if (cuGetErrorName(result, &name) != CUDA_SUCCESS || name == nullptr) name = "unknown error";
  if (cuGetErrorString(result, &text) != CUDA_SUCCESS || text == nullptr) text = "no description";
  const std::string said =
      fmt::format("{}: {} ({}: {})", what, name, static_cast<int>(result), text);
  if (result == CUDA_ERROR_OUT_OF_MEMORY) {
    return resource_exhausted("{}; what else uses this GPU's memory? (nvidia-smi)", said)
        .with_scope(Scope::kDevice);
  }
  if (ends_the_context(result)) {
    return unavailable("{}; this process cannot use the GPU any more, start it again", said)
        .with_scope(Scope::kDevice);
  }
  return unavailable("{}", said).with_scope(Scope::kDevice);
}

Status CudaDriver::resolve() {
#define RADDLE_CUDA_DRIVER(name) \
  RADDLE_ASSIGN_OR_RETURN(name, library_.function<decltype(name)>(RADDLE_CUDA_SYMBOL(name)));
#include "runtime/device/cuda/driver_functions.inc"
#undef RADDLE_CUDA_DRIVER
  return Status::ok();
}

Status CudaDriver::begin() {
  int version = 0;
  RADDLE_RETURN_IF_ERROR(check(cuDriverGetVersion(&version), "asking for the driver's version"));
  // Within a major version every driver runs what any toolkit of it has built.
  if (version / 1000 < CUDA_VERSION / 1000) {
    return unavailable(
        "the CUDA driver {} is for CUDA {}.{}, and this library was built with CUDA {}.{}; it "
        "needs "
        "a driver for CUDA {}.0 or later (580 or later for CUDA 13)",
        library_.path(), version / 1000, version % 1000 / 10, CUDA_VERSION / 1000,
        CUDA_VERSION % 1000 / 10, CUDA_VERSION / 1000);
  }
  RADDLE_RETURN_IF_ERROR(check(cuInit(0), "starting the CUDA driver"));
  int count = 0;
  RADDLE_RETURN_IF_ERROR(check(cuDeviceGetCount(&count), "counting CUDA devices"));
  if (count == 0) return unavailable("the CUDA driver sees no device (CUDA_VISIBLE_DEVICES?)");
  return Status::ok();
}

StatusOr<std::unique_ptr<CudaDriver>> CudaDriver::load() {
  std::string path = "libcuda.so.1";
  // A driver in the place of the machine's, as RADDLE_BLAS_LIBRARY names a matrix library.
  if (const char* named = std::getenv("RADDLE_CUDA_DRIVER"); named != nullptr && *named != '\0') {
    path = named;
  }
  StatusOr<DynamicLibrary> library = DynamicLibrary::open(path);
  if (!library.is_ok()) {
    return unavailable("no CUDA driver: {}", library.status().message());
  }
  std::unique_ptr<CudaDriver> driver(new CudaDriver(std::move(library).value()));
  RADDLE_RETURN_IF_ERROR(driver->resolve());
  RADDLE_RETURN_IF_ERROR(driver->begin());
  return driver;
}

StatusOr<const CudaDriver*> CudaDriver::open() {
  // Never closed: what it started may still run when the process ends.
  static const auto* const opened = new StatusOr<std::unique_ptr<CudaDriver>>(load());
  if (!opened->is_ok()) return opened->status();
  return const_cast<const CudaDriver*>(opened->value().get());
}

}  // namespace raddle::device
