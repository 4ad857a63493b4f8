// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/sealed_file.h"

#include "runtime/base/hash.h"

namespace raddle {
namespace {

constexpr size_t kHexDigits = 16;

std::string seal_name(const std::string& path) { return path + ".xxh3"; }

}  // namespace

Status write_sealed(FileSystem& fs, const std::string& path, std::string_view text) {
  RADDLE_RETURN_IF_ERROR(fs.remove_all(seal_name(path)));
  RADDLE_RETURN_IF_ERROR(write_file_atomically(fs, path, text));
  return write_file_atomically(fs, seal_name(path), hash_hex(hash_text(text)) + "\n");
}

StatusOr<std::string> read_sealed(FileSystem& fs, const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(std::string text, fs.read_all(path));
  RADDLE_ASSIGN_OR_RETURN(const bool sealed, fs.exists(seal_name(path)));
  if (!sealed) return text;
  RADDLE_ASSIGN_OR_RETURN(const std::string seal, fs.read_all(seal_name(path)));
  const std::string found = hash_hex(hash_text(text)), expected = seal.substr(0, kHexDigits);
  if (found == expected) return text;
  return data_loss(
      "{} has checksum {}, but {} says {}: one of them was damaged; if you changed the file "
      "yourself, remove {}",
      path, found, seal_name(path), expected, seal_name(path));
}

StatusOr<bool> is_sealed(FileSystem& fs, const std::string& path) {
  for (const std::string& name : {path, seal_name(path)}) {
    RADDLE_ASSIGN_OR_RETURN(const bool there, fs.has_file(name));
    if (!there) return false;
  }
  const Status read = read_sealed(fs, path).status();
  if (read.code() == Code::kDataLoss) return false;
  RADDLE_RETURN_IF_ERROR(read);
  return true;
}

}  // namespace raddle
