// SPDX-License-Identifier: Apache-2.0
#include "runtime/runs/temporary_directory.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "runtime/base/file_system.h"

namespace raddle::runs {

StatusOr<TemporaryDirectory> TemporaryDirectory::create() {
  std::error_code error;
  const std::filesystem::path base = std::filesystem::temp_directory_path(error);
  if (error) return io_error("there is no directory for temporary files: {}", error.message());
  std::string path = (base / "raddle-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) {
    return io_error("cannot create the temporary directory {}: {}", path, std::strerror(errno));
  }
  return TemporaryDirectory(path);
}

TemporaryDirectory::~TemporaryDirectory() {
  // Nothing to be done about a failure here; the system cleans its temporary files.
  if (!path_.empty()) static_cast<void>(file_system().remove_all(path_).is_ok());
}

}  // namespace raddle::runs
