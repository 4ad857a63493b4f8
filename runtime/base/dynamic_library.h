// SPDX-License-Identifier: Apache-2.0
// A shared library opened at run time; closed when the object goes.
#pragma once

#include <string>

#include "runtime/base/status.h"

namespace raddle {

class DynamicLibrary {
 public:
  // UNAVAILABLE with the loader's own words when it cannot be opened.
  static StatusOr<DynamicLibrary> open(const std::string& path);
  ~DynamicLibrary();
  DynamicLibrary(DynamicLibrary&& other) noexcept;
  DynamicLibrary& operator=(DynamicLibrary&& other) noexcept;

  const std::string& path() const { return path_; }
  // UNAVAILABLE when the symbol is missing.
  template <class Function>
  StatusOr<Function> function(const char* name) const {
    RADDLE_ASSIGN_OR_RETURN(void* address, symbol(name));
    return reinterpret_cast<Function>(address);
  }

 private:
  DynamicLibrary(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  StatusOr<void*> symbol(const char* name) const;

  void* handle_ = nullptr;
  std::string path_;
};

}  // namespace raddle
