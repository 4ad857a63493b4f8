// SPDX-License-Identifier: Apache-2.0
// The header of a safetensors file, between bytes and a checked list of tensors. No I/O here.
//
// Layout: 8 bytes little-endian N, then N bytes of JSON that begin with '{' and may end in spaces,
// then the payload. Every tensor is {"dtype", "shape", "data_offsets": [begin, end)} with offsets
// into the payload; together they cover it with no hole and no overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/tensor_view.h"
#include "runtime/base/status.h"

namespace raddle::checkpoint {

using Metadata = std::map<std::string, std::string>;

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit

struct HeaderEntry {
  std::string name;
  std::string dtype_text;
  std::optional<DType> dtype;  // empty: a type of the format that Raddle does not hold (F8_E4M3...)
  std::vector<int64_t> dims;
  uint64_t begin = 0, end = 0;  // in the payload
};

struct Header {
  Metadata metadata;
  std::vector<HeaderEntry> entries;  // in payload order
  uint64_t payload_offset = 0;       // from the start of the file
};

// Checks everything that the header claims against the file's real length. DATA_LOSS names `path`,
// the tensor, what was expected and what was found.
StatusOr<Header> parse_safetensors_header(std::span<const std::byte> file, std::string_view path);

// The same from the first bytes of a file of `file_bytes`: 8 and as many as header_bytes() says.
StatusOr<Header> parse_safetensors_header(std::span<const std::byte> begin, uint64_t file_bytes,
                                          std::string_view path);

// What the first 8 bytes say of the header's length; 0 where no file could have such a header.
uint64_t header_bytes(std::span<const std::byte> begin, uint64_t file_bytes);

// The bytes before the payload, for tensors that follow each other in the given order. "format":
// "pt" is added to the metadata (loaders refuse metadata without it); the payload begins at a
// multiple of 64. INVALID_ARGUMENT for names that are empty, repeated, reserved or not UTF-8.
StatusOr<std::string> encode_safetensors_header(std::span<const TensorView> tensors,
                                                const Metadata& metadata);

}  // namespace raddle::checkpoint
