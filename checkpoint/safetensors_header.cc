// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/safetensors_header.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <set>

#include "checkpoint/json.h"
#include "runtime/base/file_kind.h"

namespace raddle::checkpoint {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the file format is little endian");

constexpr std::string_view kMetadataKey = "__metadata__";

struct DTypeWidth {
  std::string_view name;
  uint64_t bits;
};
// Types of the format that Raddle's DType lacks: sized, so that the rest of the file can be used.
constexpr std::array<DTypeWidth, 12> kOtherDTypes = {{{"BOOL", 8},
                                                      {"I8", 8},
                                                      {"I16", 16},
                                                      {"U64", 64},
                                                      {"C64", 64},
                                                      {"F8_E4M3", 8},
                                                      {"F8_E5M2", 8},
                                                      {"F8_E8M0", 8},
                                                      {"F8_E4M3FNUZ", 8},
                                                      {"F8_E5M2FNUZ", 8},
                                                      {"F6_E2M3", 6},
                                                      {"F6_E3M2", 6}}};

StatusOr<uint64_t> dtype_bits(const std::string& name, std::optional<DType>* dtype,
                              std::string_view where) {
  const auto known = parse_dtype(name);
  if (known.is_ok()) {
    *dtype = known.value();
    return uint64_t{8} * dtype_bytes(known.value());
  }
  if (name == "F4") return uint64_t{4};
  for (const DTypeWidth& other : kOtherDTypes) {
    if (other.name == name) return other.bits;
  }
  return data_loss("{}: the dtype \"{}\" is not one of the safetensors format", where, name);
}

// The bytes that dtype x shape needs, every multiplication checked.
StatusOr<uint64_t> entry_bytes(const HeaderEntry& entry, uint64_t bits, std::string_view where) {
  int64_t total = static_cast<int64_t>(bits);
  for (int64_t dim : entry.dims) {
    if (__builtin_mul_overflow(total, dim, &total)) {
      return data_loss("{}: the shape [{}] overflows 64 bits", where, fmt::join(entry.dims, ", "));
    }
  }
  if (total % 8 != 0) {
    return data_loss("{}: {} [{}] does not end on a byte", where, entry.dtype_text,
                     fmt::join(entry.dims, ", "));
  }
  return static_cast<uint64_t>(total) / 8;
}

Status parse_offsets(const json& offsets, HeaderEntry* entry, std::string_view where) {
  if (offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned()) {
    return data_loss("{}: \"data_offsets\" should be [begin, end], found {}", where,
                     offsets.dump().substr(0, 80));
  }
  entry->begin = offsets[0].get<uint64_t>();
  entry->end = offsets[1].get<uint64_t>();
  if (entry->end < entry->begin) {
    return data_loss("{}: data_offsets [{}, {}] run backwards", where, entry->begin, entry->end);
  }
  return Status::ok();
}

StatusOr<HeaderEntry> parse_entry(const std::string& name, const json& value,
                                  std::string_view path) {
  const std::string where = fmt::format("{}: tensor \"{}\"", path, name);
  HeaderEntry entry;
  entry.name = name;
  RADDLE_ASSIGN_OR_RETURN(entry.dtype_text, json_string(value, "dtype", where));
  RADDLE_ASSIGN_OR_RETURN(const json* shape,
                          json_member(value, "shape", json::value_t::array, where));
  RADDLE_ASSIGN_OR_RETURN(const json* offsets,
                          json_member(value, "data_offsets", json::value_t::array, where));
  if (value.size() != 3) {
    return data_loss("{}: expected only dtype, shape and data_offsets, found {} fields", where,
                     value.size());
  }
  for (const json& dim : *shape) {
    if (!dim.is_number_unsigned() || dim.get<uint64_t>() > uint64_t{INT64_MAX}) {
      return data_loss("{}: a dimension should be a number from 0 to 2^63 - 1, found {}", where,
                       dim.dump().substr(0, 80));
    }
    entry.dims.push_back(dim.get<int64_t>());
  }
  RADDLE_RETURN_IF_ERROR(parse_offsets(*offsets, &entry, where));
  RADDLE_ASSIGN_OR_RETURN(const uint64_t bits, dtype_bits(entry.dtype_text, &entry.dtype, where));
  RADDLE_ASSIGN_OR_RETURN(const uint64_t expected, entry_bytes(entry, bits, where));
  if (entry.end - entry.begin != expected) {
    return data_loss("{}: {} [{}] needs {} bytes, but its data_offsets [{}, {}] hold {}", where,
                     entry.dtype_text, fmt::join(entry.dims, ", "), expected, entry.begin,
                     entry.end, entry.end - entry.begin);
  }
  return entry;
}

StatusOr<Metadata> parse_metadata(const json& value, std::string_view path) {
  if (!value.is_object()) {
    return data_loss("{}: \"{}\" should be an object, found {}", path, kMetadataKey,
                     value.type_name());
  }
  Metadata metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) {
      return data_loss("{}: the metadata \"{}\" should be a string, found {}", path, key,
                       text.type_name());
    }
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

// Entries in payload order must touch: the first begins at 0, the last ends with the payload.
Status check_cover(const std::vector<HeaderEntry>& entries, uint64_t payload_bytes,
                   std::string_view path) {
  uint64_t expected = 0;
  for (const HeaderEntry& entry : entries) {
    if (entry.begin != expected) {
      return data_loss("{}: tensor \"{}\" begins at byte {} of the payload, expected {} ({})", path,
                       entry.name, entry.begin, expected,
                       entry.begin > expected ? "a hole" : "an overlap");
    }
    if (entry.end > payload_bytes) {
      return data_loss(
          "{}: tensor \"{}\" ends at byte {} of the payload, but the file holds only {}; it was "
          "cut short, copy it again",
          path, entry.name, entry.end, payload_bytes);
    }
    expected = entry.end;
  }
  if (expected != payload_bytes) {
    return data_loss("{}: the tensors end at byte {} of the payload, but the file goes on to {}",
                     path, expected, payload_bytes);
  }
  return Status::ok();
}

// A file without a header is often something else under its name.
Status no_header(std::span<const std::byte> file, std::string_view path, std::string_view why) {
  const std::string_view begin(reinterpret_cast<const char*>(file.data()), file.size());
  const auto kind = recognize_file(begin.substr(0, 512));
  if (kind) return data_loss("{} is {}; {}", path, kind->what, kind->remedy);
  return data_loss("{}: {}", path, why);
}

StatusOr<std::string_view> header_text(std::span<const std::byte> file, uint64_t file_bytes,
                                       std::string_view path) {
  uint64_t length = 0;
  if (file.size() < sizeof(length)) {
    return no_header(
        file, path,
        fmt::format("not a safetensors file: expected at least 8 bytes, found {}", file.size()));
  }
  std::memcpy(&length, file.data(), sizeof(length));
  if (length > kMaxHeaderBytes) {
    return no_header(
        file, path,
        fmt::format("not a safetensors file: the header's length {} is above the limit of {}",
                    length, kMaxHeaderBytes));
  }
  if (length > file_bytes - sizeof(length)) {
    return no_header(file, path,
                     fmt::format("the header should have {} bytes, but only {} follow; the file "
                                 "was cut short, copy it again",
                                 length, file_bytes - sizeof(length)));
  }
  RADDLE_ASSERT(length <= file.size() - sizeof(length));
  const char* text = reinterpret_cast<const char*>(file.data()) + sizeof(length);
  if (length == 0 || text[0] != '{') {
    return no_header(file, path, "not a safetensors file: the header does not begin with '{'");
  }
  return std::string_view(text, length);
}

Status check_names(std::span<const TensorView> tensors) {
  std::set<std::string_view> seen;
  for (const TensorView& tensor : tensors) {
    if (tensor.name.empty() || tensor.name == kMetadataKey) {
      return invalid_argument("\"{}\" is not a name that a tensor in a file may have", tensor.name);
    }
    if (!seen.insert(tensor.name).second) {
      return invalid_argument("two tensors are named \"{}\"; names in a file differ", tensor.name);
    }
  }
  return Status::ok();
}

}  // namespace

uint64_t header_bytes(std::span<const std::byte> begin, uint64_t file_bytes) {
  uint64_t length = 0;
  if (begin.size() < sizeof(length)) return 0;
  std::memcpy(&length, begin.data(), sizeof(length));
  const bool possible = length <= kMaxHeaderBytes && length <= file_bytes - sizeof(length);
  return possible ? length : 0;
}

StatusOr<Header> parse_safetensors_header(std::span<const std::byte> file, std::string_view path) {
  return parse_safetensors_header(file, file.size(), path);
}

StatusOr<Header> parse_safetensors_header(std::span<const std::byte> begin, uint64_t file_bytes,
                                          std::string_view path) {
  RADDLE_ASSIGN_OR_RETURN(const std::string_view text, header_text(begin, file_bytes, path));
  RADDLE_ASSIGN_OR_RETURN(const json value, parse_json(text, path));
  Header header;
  header.payload_offset = sizeof(uint64_t) + text.size();
  for (const auto& [key, member] : value.items()) {
    if (key == kMetadataKey) {
      RADDLE_ASSIGN_OR_RETURN(header.metadata, parse_metadata(member, path));
      continue;
    }
    RADDLE_ASSIGN_OR_RETURN(HeaderEntry entry, parse_entry(key, member, path));
    header.entries.push_back(std::move(entry));
  }
  std::sort(header.entries.begin(), header.entries.end(),
            [](const HeaderEntry& a, const HeaderEntry& b) {
              return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
            });
  RADDLE_RETURN_IF_ERROR(check_cover(header.entries, file_bytes - header.payload_offset, path));
  return header;
}

StatusOr<std::string> encode_safetensors_header(std::span<const TensorView> tensors,
                                                const Metadata& metadata) {
  RADDLE_RETURN_IF_ERROR(check_names(tensors));
  if (metadata.contains("format")) {
    return invalid_argument("the metadata \"format\" is written as \"pt\"; leave it out");
  }
  Metadata all = metadata;
  all["format"] = "pt";
  RADDLE_ASSIGN_OR_RETURN(const std::string strings, dump_json(json(all), -1, "metadata"));
  std::string text = fmt::format("{{\"{}\":{}", kMetadataKey, strings);
  uint64_t offset = 0;
  for (const TensorView& tensor : tensors) {
    RADDLE_ASSIGN_OR_RETURN(const std::string name,
                            dump_json(json(tensor.name), -1, "a tensor's name"));
    RADDLE_ASSIGN_OR_RETURN(const uint64_t bytes, tensor_bytes(tensor.dtype, tensor.shape));
    if (bytes > uint64_t{INT64_MAX} - offset) {
      return out_of_range("tensor {}: the file would exceed 2^63 bytes; use shards", name);
    }
    text += fmt::format(",{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", name,
                        dtype_name(tensor.dtype), fmt::join(tensor.shape.dims(), ","), offset,
                        offset + bytes);
    offset += bytes;
  }
  text += '}';
  while ((sizeof(uint64_t) + text.size()) % 64 != 0) text += ' ';
  if (text.size() > kMaxHeaderBytes) {
    return out_of_range("the names of {} tensors need a header of {} bytes, the limit is {}",
                        tensors.size(), text.size(), kMaxHeaderBytes);
  }
  const uint64_t length = text.size();
  std::string head(sizeof(length), '\0');
  std::memcpy(head.data(), &length, sizeof(length));
  return head + text;
}

}  // namespace raddle::checkpoint
