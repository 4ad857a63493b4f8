// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/manifest_json.h"

#include <map>
#include <set>

#include "checkpoint/json.h"
#include "runtime/base/hash.h"

namespace raddle::checkpoint {
namespace {

using nlohmann::json;

StatusOr<Shape> parse_shape(const json& array, std::string_view where) {
  std::vector<int64_t> dims;
  for (const json& dim : array) {
    if (!dim.is_number_unsigned() || dim.get<uint64_t>() > uint64_t{INT64_MAX}) {
      return data_loss("{}: a dimension should be a number from 0, found {}", where, dim.dump());
    }
    dims.push_back(dim.get<int64_t>());
  }
  if (dims.size() > static_cast<size_t>(Shape::kMaxRank)) {
    return data_loss("{}: it has {} dimensions, the most is {}", where, dims.size(),
                     Shape::kMaxRank);
  }
  return Shape(std::span<const int64_t>(dims));
}

StatusOr<LogicalTensor> parse_tensor(const json& value, std::string_view outer_where) {
  LogicalTensor tensor;
  RADDLE_ASSIGN_OR_RETURN(tensor.name, json_string(value, "name", outer_where));
  const std::string where = fmt::format("{}: tensor \"{}\"", outer_where, tensor.name);
  RADDLE_ASSIGN_OR_RETURN(const std::string dtype, json_string(value, "dtype", where));
  const auto parsed = parse_dtype(dtype);
  if (!parsed.is_ok()) return data_loss("{}: {}", where, parsed.status().message());
  tensor.dtype = parsed.value();
  RADDLE_ASSIGN_OR_RETURN(const json* shape,
                          json_member(value, "shape", json::value_t::array, where));
  RADDLE_ASSIGN_OR_RETURN(tensor.shape, parse_shape(*shape, where));
  const auto bytes = tensor_bytes(tensor.dtype, tensor.shape);
  if (!bytes.is_ok()) return data_loss("{}: {}", where, bytes.status().message());
  return tensor;
}

// A file without its slices.
StatusOr<ManifestFile> parse_file_head(const json& value, std::string_view outer_where) {
  ManifestFile file;
  RADDLE_ASSIGN_OR_RETURN(file.name, json_string(value, "name", outer_where));
  const std::string where = fmt::format("{}: file \"{}\"", outer_where, file.name);
  if (!is_plain_file_name(file.name)) {
    return data_loss("{}: expected the name of a file beside the manifest", where);
  }
  RADDLE_ASSIGN_OR_RETURN(file.bytes, json_unsigned(value, "bytes", where));
  RADDLE_ASSIGN_OR_RETURN(file.checksum, json_hash(value, "xxh3", where));
  return file;
}

StatusOr<int64_t> parse_element(const json& value, const char* key, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const uint64_t element, json_unsigned(value, key, where));
  if (element > uint64_t{INT64_MAX}) {
    return data_loss("{}: \"{}\" is {}, more than any tensor has", where, key, element);
  }
  return static_cast<int64_t>(element);
}

using TensorIndex = std::map<std::string_view, size_t>;

StatusOr<ManifestSlice> parse_slice(const json& value, const TensorIndex& index,
                                    std::span<const LogicalTensor> tensors,
                                    std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const std::string name, json_string(value, "tensor", where));
  const auto found = index.find(name);
  if (found == index.end()) {
    return data_loss("{}: a slice is of tensor \"{}\", which is not among the {} tensors", where,
                     name, tensors.size());
  }
  ManifestSlice slice;
  slice.tensor = found->second;
  RADDLE_ASSIGN_OR_RETURN(slice.range.begin, parse_element(value, "begin", where));
  RADDLE_ASSIGN_OR_RETURN(slice.range.end, parse_element(value, "end", where));
  RADDLE_ASSIGN_OR_RETURN(slice.checksum, json_hash(value, "xxh3", where));
  const LogicalTensor& tensor = tensors[slice.tensor];
  const Status within = check_range(tensor, slice.range);
  if (!within.is_ok()) return data_loss("{}: {}", where, within.message());
  if (slice.range.count() == 0 && tensor.shape.elements() > 0) {
    return data_loss("{}: the slice {} is empty", where, describe(tensor, slice.range));
  }
  return slice;
}

// Appends a slice while the file has room for it.
Status add_slice(const ManifestSlice& slice, const LogicalTensor& tensor, std::string_view where,
                 uint64_t* payload, ManifestFile* file) {
  const uint64_t bytes = slice_bytes(tensor, slice.range);
  if (bytes > file->bytes - *payload) {
    return data_loss("{}: {} does not fit in the file's {} bytes", where,
                     describe(tensor, slice.range), file->bytes);
  }
  *payload += bytes;
  file->slices.push_back(slice);
  return Status::ok();
}

Status check_files_unique(std::span<const ManifestFile> files, std::string_view where) {
  std::set<std::string_view> names;
  for (const ManifestFile& file : files) {
    if (!names.insert(file.name).second) {
      return data_loss("{}: file \"{}\" is listed twice", where, file.name);
    }
  }
  return Status::ok();
}

}  // namespace

// Numbers from 0 as a parser would give them, so that a value is the same with and without a text
// between writing and reading it.
json tensors_to_json(std::span<const LogicalTensor> tensors) {
  json array = json::array();
  for (const LogicalTensor& tensor : tensors) {
    const auto dims = tensor.shape.dims();
    array.push_back({{"name", tensor.name},
                     {"dtype", dtype_name(tensor.dtype)},
                     {"shape", std::vector<uint64_t>(dims.begin(), dims.end())}});
  }
  return array;
}

json files_to_json(std::span<const ManifestFile> files, std::span<const LogicalTensor> tensors) {
  json array = json::array();
  for (const ManifestFile& file : files) {
    json slices = json::array();
    for (const ManifestSlice& slice : file.slices) {
      slices.push_back({{"tensor", tensors[slice.tensor].name},
                        {"begin", static_cast<uint64_t>(slice.range.begin)},
                        {"end", static_cast<uint64_t>(slice.range.end)},
                        {"xxh3", hash_hex(slice.checksum)}});
    }
    array.push_back({{"name", file.name},
                     {"bytes", file.bytes},
                     {"xxh3", hash_hex(file.checksum)},
                     {"slices", std::move(slices)}});
  }
  return array;
}

StatusOr<std::vector<LogicalTensor>> tensors_from_json(const json& array, std::string_view where) {
  std::vector<LogicalTensor> tensors;
  for (const json& entry : array) {
    RADDLE_ASSIGN_OR_RETURN(LogicalTensor tensor, parse_tensor(entry, where));
    tensors.push_back(std::move(tensor));
  }
  if (const auto fault = find_name_fault(tensors)) return data_loss("{}: {}", where, *fault);
  return tensors;
}

StatusOr<std::vector<ManifestFile>> files_from_json(const json& array,
                                                    std::span<const LogicalTensor> tensors,
                                                    std::string_view where) {
  TensorIndex index;
  for (size_t i = 0; i < tensors.size(); ++i) index.emplace(tensors[i].name, i);
  std::vector<ManifestFile> files;
  for (const json& entry : array) {
    RADDLE_ASSIGN_OR_RETURN(ManifestFile file, parse_file_head(entry, where));
    const std::string file_where = fmt::format("{}: file \"{}\"", where, file.name);
    RADDLE_ASSIGN_OR_RETURN(const json* slices,
                            json_member(entry, "slices", json::value_t::array, file_where));
    uint64_t payload = 0;
    for (const json& value : *slices) {
      RADDLE_ASSIGN_OR_RETURN(const ManifestSlice slice,
                              parse_slice(value, index, tensors, file_where));
      RADDLE_RETURN_IF_ERROR(add_slice(slice, tensors[slice.tensor], file_where, &payload, &file));
    }
    files.push_back(std::move(file));
  }
  RADDLE_RETURN_IF_ERROR(check_files_unique(files, where));
  return files;
}

StatusOr<std::vector<ManifestFile>> files_from_json_1(const json& array,
                                                      std::vector<LogicalTensor>* tensors,
                                                      std::string_view where) {
  std::vector<ManifestFile> files;
  for (const json& entry : array) {
    RADDLE_ASSIGN_OR_RETURN(ManifestFile file, parse_file_head(entry, where));
    const std::string file_where = fmt::format("{}: file \"{}\"", where, file.name);
    RADDLE_ASSIGN_OR_RETURN(const json* listed,
                            json_member(entry, "tensors", json::value_t::array, file_where));
    uint64_t payload = 0;
    for (const json& value : *listed) {
      RADDLE_ASSIGN_OR_RETURN(LogicalTensor tensor, parse_tensor(value, file_where));
      ManifestSlice slice{tensors->size(), whole_range(tensor.shape), 0};
      RADDLE_ASSIGN_OR_RETURN(slice.checksum, json_hash(value, "xxh3", file_where));
      RADDLE_RETURN_IF_ERROR(add_slice(slice, tensor, file_where, &payload, &file));
      tensors->push_back(std::move(tensor));
    }
    files.push_back(std::move(file));
  }
  RADDLE_RETURN_IF_ERROR(check_files_unique(files, where));
  return files;
}

}  // namespace raddle::checkpoint
