// SPDX-License-Identifier: Apache-2.0
// Streaming decompression of bytes that are all at hand.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "runtime/base/status.h"

namespace raddle::data {

class Unpacker {
 public:
  virtual ~Unpacker() = default;
  // Fills `out` as far as it can; 0 only at the end. DATA_LOSS for damage.
  virtual StatusOr<size_t> read(std::span<char> out) = 0;
  virtual size_t consumed() const = 0;
  virtual const char* packing() const = 0;
};

// Null when `bytes` do not begin as gzip or Zstandard data do. `path` is named in messages.
StatusOr<std::unique_ptr<Unpacker>> make_unpacker(std::span<const std::byte> bytes,
                                                  const std::string& path);

}  // namespace raddle::data
