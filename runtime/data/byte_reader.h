// SPDX-License-Identifier: Apache-2.0
// The bytes of a file one after another, those of a gzip or Zstandard file (told by its first
// bytes; several members or frames after each other are one text) unpacked on the way. Memory does
// not grow with the file, and one that is cut while it is read is an error.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "runtime/base/status.h"

namespace raddle::data {

class ByteReader {
 public:
  virtual ~ByteReader() = default;
  // Fills `out` as far as it can; 0 only at the end. DATA_LOSS for damage and for a cut.
  virtual StatusOr<size_t> read(std::span<char> out) = 0;
  virtual uint64_t consumed() const = 0;  // of the bytes on disk
  virtual uint64_t file_bytes() const = 0;
  virtual bool is_packed() const = 0;
};

// What is named in the place of a data file and is none, with what to do: a directory, a pattern
// that no shell has filled in, a pipe. A file that is not there is for whoever opens it to tell.
Status check_data_file(const std::string& path);

StatusOr<std::unique_ptr<ByteReader>> open_reader(const std::string& path);

}  // namespace raddle::data
