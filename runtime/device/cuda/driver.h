// SPDX-License-Identifier: Apache-2.0
// The CUDA driver, opened at run time: a program starts without it, and a machine that has none
// gets a reason. Only the driver is used, not the CUDA run time: kernels are loaded as images, and
// tests put a library of their own in the driver's place (tests/cuda_standin).
#pragma once

#include <cuda.h>

#include <memory>
#include <string>

#include "runtime/base/dynamic_library.h"
#include "runtime/base/status.h"

namespace raddle::device {

struct CudaDriver {
#define RADDLE_CUDA_DRIVER(name) decltype(&::name) name = nullptr;
#include "runtime/device/cuda/driver_functions.inc"
#undef RADDLE_CUDA_DRIVER

  // libcuda.so.1, or the file that RADDLE_CUDA_DRIVER names; stays open with the process.
  // UNAVAILABLE: there is none, it is too old for the toolkit of this build, or it has no device.
  static StatusOr<const CudaDriver*> open();

  // OK, or what the driver says of `what` ("copy of 12 bytes"): RESOURCE_EXHAUSTED when memory is
  // short, UNAVAILABLE otherwise, of scope device. Errors after which the process cannot use the
  // device any more say so.
  Status check(CUresult result, std::string_view what) const;

 private:
  explicit CudaDriver(DynamicLibrary library) : library_(std::move(library)) {}
  static StatusOr<std::unique_ptr<CudaDriver>> load();
  Status resolve();
  Status begin();
  DynamicLibrary library_;
};

}  // namespace raddle::device
