// SPDX-License-Identifier: Apache-2.0
// cuBLASLt as a table of its functions. Needs the toolkit's headers.
#pragma once

#include <cublasLt.h>

#include <memory>
#include <string>

#include "runtime/base/dynamic_library.h"
#include "runtime/base/status.h"

namespace raddle::kernels {

struct CublasLt {
#define RADDLE_CUBLASLT(name) decltype(&::name) name = nullptr;
#include "kernels/cuda/matrix/cublaslt_functions.inc"
#undef RADDLE_CUBLASLT
  std::string name;  // path and version

  // The first that can be used of where it may lie; stays open with the process. UNAVAILABLE says
  // what was tried.
  static StatusOr<const CublasLt*> open();
  static StatusOr<std::unique_ptr<CublasLt>> load(const std::string& path);

  // OK, or what the library says of `what`: RESOURCE_EXHAUSTED when memory is short, UNAVAILABLE
  // otherwise, of scope device.
  Status check(cublasStatus_t result, std::string_view what) const;

 private:
  explicit CublasLt(DynamicLibrary library) : library_(std::move(library)) {}
  DynamicLibrary library_;
};

}  // namespace raddle::kernels
