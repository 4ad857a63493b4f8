// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/dynamic_library.h"

#include <dlfcn.h>

#include "runtime/base/file_system.h"

namespace raddle {

StatusOr<DynamicLibrary> DynamicLibrary::open(const std::string& path) {
  // A name without a directory is looked up by the loader, which knows where libraries lie.
  const bool is_path = path.find('/') != path.npos;
  RADDLE_ASSIGN_OR_RETURN(const FileInfo info, is_path ? file_system().info(path) : FileInfo());
  if (info.kind == FileInfo::Kind::kOther) {
    return unavailable("cannot load {}: it is a device or a pipe, expected a library", path);
  }
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return unavailable("cannot load {}: {}", path, dlerror());
  return DynamicLibrary(handle, path);
}

DynamicLibrary::~DynamicLibrary() {
  if (handle_ != nullptr) dlclose(handle_);
}

DynamicLibrary::DynamicLibrary(DynamicLibrary&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), path_(std::move(other.path_)) {}

DynamicLibrary& DynamicLibrary::operator=(DynamicLibrary&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(path_, other.path_);
  return *this;
}

StatusOr<void*> DynamicLibrary::symbol(const char* name) const {
  void* address = dlsym(handle_, name);
  if (address == nullptr) return unavailable("{} has no symbol {}", path_, name);
  return address;
}

}  // namespace raddle
