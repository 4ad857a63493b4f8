// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/matrix/cublaslt_library.h"

#include <cstdlib>
#include <vector>

#include "kernels/cuda/matrix/cublaslt.h"

namespace raddle::kernels {
namespace {

#define RADDLE_TEXT_(value) #value
#define RADDLE_TEXT(value) RADDLE_TEXT_(value)
#define RADDLE_CUBLASLT_FILE "libcublasLt.so." RADDLE_TEXT(CUBLAS_VER_MAJOR)

// Beside this library, in the place of an installed toolkit, among Python's packages where this
// library is part of one (raddle/lib beside nvidia), and wherever the loader looks.
std::vector<std::string> candidate_paths() {
  const char* const named = std::getenv("RADDLE_CUBLASLT_LIBRARY");
  if (named != nullptr && *named != '\0') return {named};
  return {"$ORIGIN/" RADDLE_CUBLASLT_FILE, "/usr/local/cuda/lib64/" RADDLE_CUBLASLT_FILE,
          "$ORIGIN/../../nvidia/cu" RADDLE_TEXT(CUBLAS_VER_MAJOR) "/lib/" RADDLE_CUBLASLT_FILE,
          RADDLE_CUBLASLT_FILE};
}

StatusOr<std::unique_ptr<CublasLt>> load_first() {
  std::string reasons;
  for (const std::string& path : candidate_paths()) {
    auto library = CublasLt::load(path);
    if (library.is_ok()) return library;
    reasons += (reasons.empty() ? "" : "; ") + library.status().message();
  }
  return unavailable(
      "no cuBLASLt for matrix products: {}; install the CUDA toolkit {} or name the library in "
      "RADDLE_CUBLASLT_LIBRARY",
      reasons, CUBLAS_VER_MAJOR);
}

}  // namespace

StatusOr<std::unique_ptr<CublasLt>> CublasLt::load(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(DynamicLibrary opened, DynamicLibrary::open(path));
  std::unique_ptr<CublasLt> library(new CublasLt(std::move(opened)));
#define RADDLE_CUBLASLT(name)            \
  RADDLE_ASSIGN_OR_RETURN(library->name, \
                          library->library_.function<decltype(library->name)>(#name));
#include "kernels/cuda/matrix/cublaslt_functions.inc"
#undef RADDLE_CUBLASLT
  const size_t version = library->cublasLtGetVersion();
  library->name = fmt::format("{} (cuBLASLt {}.{}.{})", path, version / 10000, version / 100 % 100,
                              version % 100);
  if (version / 10000 != CUBLAS_VER_MAJOR) {
    return unavailable("{} is of another major version than {}, which this library was built with",
                       library->name, CUBLAS_VER_MAJOR);
  }
  return library;
}

StatusOr<const CublasLt*> CublasLt::open() {
  // Never closed: its code may still run when the process ends.
  static const auto* const opened = new StatusOr<std::unique_ptr<CublasLt>>(load_first());
  if (!opened->is_ok()) return opened->status();
  return const_cast<const CublasLt*>(opened->value().get());
}

Status CublasLt::check(cublasStatus_t result, std::string_view what) const {
  if (result == CUBLAS_STATUS_SUCCESS) return Status::ok();
  const std::string said = fmt::format("cuBLASLt, {}: {} ({})", what,
                                       cublasLtGetStatusString(result), static_cast<int>(result));
  if (result == CUBLAS_STATUS_ALLOC_FAILED) {
    return resource_exhausted("{}; what else uses this GPU's memory? (nvidia-smi)", said)
        .with_scope(Scope::kDevice);
  }
  return unavailable("{}", said).with_scope(Scope::kDevice);
}

void find_cublaslt(device::DeviceCaps& caps) {
  const auto library = CublasLt::open();
  caps.has_cublaslt = library.is_ok();
  caps.cublaslt_name = library.is_ok() ? (*library)->name : library.status().message();
}

StatusOr<std::string> inspect_cublaslt(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const auto library, CublasLt::load(path));
  return library->name;
}

}  // namespace raddle::kernels
