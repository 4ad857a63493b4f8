// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/slice.h"

#include <algorithm>
#include <tuple>

namespace raddle::checkpoint {
namespace {

// Takes a run of digits off the end; false when there is none.
bool drop_number(std::string_view& text) {
  const size_t size = text.size();
  while (!text.empty() && text.back() >= '0' && text.back() <= '9') text.remove_suffix(1);
  return text.size() < size;
}

bool drop_sign(std::string_view& text, char sign) {
  if (!text.ends_with(sign)) return false;
  text.remove_suffix(1);
  return true;
}

}  // namespace

ElementRange whole_range(const Shape& shape) { return {0, shape.elements()}; }

ElementRange common_range(ElementRange a, ElementRange b) {
  const int64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

Status check_range(const LogicalTensor& tensor, ElementRange range) {
  // First, because the number of elements is not to be trusted before.
  RADDLE_RETURN_IF_ERROR(tensor_bytes(tensor.dtype, tensor.shape).status());
  const int64_t elements = tensor.shape.elements();
  if (range.begin >= 0 && range.begin <= range.end && range.end <= elements) return Status::ok();
  return invalid_argument("tensor \"{}\" ({}): elements [{}, {}) should lie within [0, {})",
                          tensor.name, describe(tensor.dtype, tensor.shape), range.begin, range.end,
                          elements);
}

std::string stored_name(const LogicalTensor& tensor, ElementRange range) {
  if (range == whole_range(tensor.shape)) return tensor.name;
  return fmt::format("{}[{}:{}]", tensor.name, range.begin, range.end);
}

Shape stored_shape(const LogicalTensor& tensor, ElementRange range) {
  return range == whole_range(tensor.shape) ? tensor.shape : Shape{range.count()};
}

bool is_part_name(std::string_view name) {
  return drop_sign(name, ']') && drop_number(name) && drop_sign(name, ':') && drop_number(name) &&
         drop_sign(name, '[');
}

uint64_t slice_bytes(const LogicalTensor& tensor, ElementRange range) {
  return static_cast<uint64_t>(range.count()) * dtype_bytes(tensor.dtype);
}

std::string describe(const LogicalTensor& tensor, ElementRange range) {
  const std::string what = describe(tensor.dtype, tensor.shape);
  if (range == whole_range(tensor.shape)) {
    return fmt::format("tensor \"{}\" ({})", tensor.name, what);
  }
  return fmt::format("tensor \"{}\" ({}, elements [{}, {}))", tensor.name, what, range.begin,
                     range.end);
}

std::optional<std::string> find_uncovered(const LogicalTensor& tensor,
                                          std::vector<PlacedRange> ranges) {
  const ElementRange whole = whole_range(tensor.shape);
  std::sort(ranges.begin(), ranges.end(), [](const PlacedRange& a, const PlacedRange& b) {
    return std::tie(a.range.begin, a.range.end, a.file) <
           std::tie(b.range.begin, b.range.end, b.file);
  });
  const auto lacking = [&](int64_t begin, int64_t end) {
    return fmt::format("{}: in no file, expected every element in exactly one",
                       describe(tensor, {begin, end}));
  };
  int64_t covered = 0;
  for (size_t i = 0; i < ranges.size(); ++i) {
    const ElementRange range = ranges[i].range;
    if (range.begin > covered) return lacking(covered, range.begin);
    // Sorted and without a hole so far, so what is there twice begins in the one before. The whole
    // of an empty tensor is one slice too.
    if (range.begin < covered || (i > 0 && range.count() == 0)) {
      return fmt::format("{}: in {} and again in {}, expected every element in exactly one file",
                         describe(tensor, {range.begin, std::min(range.end, covered)}),
                         ranges[i - 1].file, ranges[i].file);
    }
    covered = range.end;
  }
  if (covered < whole.end || ranges.empty()) return lacking(covered, whole.end);
  return std::nullopt;
}

}  // namespace raddle::checkpoint
