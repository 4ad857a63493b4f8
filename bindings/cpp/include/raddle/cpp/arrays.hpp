// SPDX-License-Identifier: Apache-2.0
// Batch and TensorView: what a caller gives to steps.
#pragma once

#include <raddle/session.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "raddle/cpp/convert.hpp"
#include "raddle/cpp/span.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

// A micro-batch of packed sequences for a ready-made model. The arrays are borrowed; each but the
// last has as many elements as `tokens`.
struct Batch {
  Span<const std::int32_t> tokens = {};
  Span<const std::int32_t> targets = {};    // empty: the next token of the same sequence
  Span<const float> weights = {};           // of each token's loss; empty: 1
  Span<const std::int32_t> positions = {};  // empty: 0, 1, ... in each sequence
  // (sequences + 1) where each begins, then the number of tokens; empty: one sequence
  Span<const std::int32_t> cu_seqlens = {};
};

namespace detail {
template <typename T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, float>) return Dtype::kF32;
  if constexpr (std::is_same_v<T, double>) return Dtype::kF64;
  if constexpr (std::is_same_v<T, std::int32_t>) return Dtype::kI32;
  if constexpr (std::is_same_v<T, std::int64_t>) return Dtype::kI64;
  if constexpr (std::is_same_v<T, std::uint8_t>) return Dtype::kU8;
  if constexpr (std::is_same_v<T, std::uint16_t>) return Dtype::kU16;
  if constexpr (std::is_same_v<T, std::uint32_t>) return Dtype::kU32;
}
}  // namespace detail

// Values for a named input of a graph of the caller's; borrowed and only read.
struct TensorView {
  // Of an array, vector or span of numbers. `shape` holds as many elements; left out: all in a row.
  template <typename Values>
  TensorView(std::string its_name, const Values& values, Span<const std::int64_t> shape = {})
      : name(std::move(its_name)),
        dtype(detail::dtype_of<std::decay_t<decltype(*std::data(values))>>()),
        data(std::data(values)),
        count(static_cast<std::int64_t>(std::size(values))),
        dims(shape.begin(), shape.end()) {
    if (dims.empty()) dims.push_back(count);
  }

  std::string name;
  Dtype dtype;
  const void* data;
  std::int64_t count;
  std::vector<std::int64_t> dims;
};

namespace detail {

// C takes arrays without their sizes, so sizes that do not agree are found here.
inline Status wrong_size(const std::string& what, std::size_t actual, const std::string& expected) {
  return Status(Code::kInvalidArgument, Scope::kCall,
                what + " has " + std::to_string(actual) + " elements, expected " + expected);
}

inline Status to_c(const Batch& batch, raddle_batch_t* c) {
  const std::size_t count = batch.tokens.size();
  const std::pair<const char*, std::size_t> sizes[] = {{"targets", batch.targets.size()},
                                                       {"weights", batch.weights.size()},
                                                       {"positions", batch.positions.size()}};
  for (const auto& [name, size] : sizes) {
    if (size != 0 && size != count) {
      return wrong_size(std::string("Batch::") + name, size,
                        "as many as tokens, " + std::to_string(count));
    }
  }
  init(c);
  c->token_count = static_cast<std::int64_t>(count);
  c->tokens = batch.tokens.data();
  c->targets = batch.targets.empty() ? nullptr : batch.targets.data();
  c->weights = batch.weights.empty() ? nullptr : batch.weights.data();
  c->positions = batch.positions.empty() ? nullptr : batch.positions.data();
  if (!batch.cu_seqlens.empty()) {
    c->cu_seqlens = batch.cu_seqlens.data();
    c->sequence_count = static_cast<std::int64_t>(batch.cu_seqlens.size()) - 1;
  }
  return Status();
}

inline Status to_c(const TensorView& view, raddle_tensor_view_t* c) {
  if (view.dims.size() > RADDLE_RANK_MAX) {
    return wrong_size("the shape of " + view.name, view.dims.size(),
                      "at most " + std::to_string(RADDLE_RANK_MAX));
  }
  init(c);
  std::int64_t left = view.count;  // divided, since the product of a caller's sizes may overflow
  for (std::size_t i = 0; i < view.dims.size(); ++i) {
    const std::int64_t dim = c->dims[i] = view.dims[i];
    left = dim > 0 && left % dim == 0 ? left / dim : 0;
  }
  if (left != 1) {
    return wrong_size(view.name, static_cast<std::size_t>(view.count), "those of its shape");
  }
  if (has_zero_byte(view.name)) return zero_byte();
  c->name = view.name.c_str();
  c->data = const_cast<void*>(view.data);  // only read, says session.h
  c->dtype = static_cast<raddle_dtype_t>(view.dtype);
  c->rank = static_cast<std::int32_t>(view.dims.size());
  return Status();
}

// Rows as an array of C's structs.
template <typename CStruct, typename Row>
Result<std::vector<CStruct>> array_of(Span<const Row> rows) {
  std::vector<CStruct> array;
  array.reserve(rows.size() + 1);  // so that it has an address even when it is empty
  array.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (Status status = to_c(rows[i], &array[i]); !status.ok()) return status;
  }
  return array;
}

}  // namespace detail
}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
