// SPDX-License-Identifier: Apache-2.0
// The one table of operations: names, inputs, outputs, attributes, help. Builder, text form,
// verifier, C ABI and documentation all read it, so an op is added here, in shape_inference.cc, in
// gradient_rules.cc and in plan/lower.h, and nowhere else.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::graph {

enum class OpKind : uint8_t {
  // Forward.
  kEmbedding,
  kLinear,
  kLayerNorm,
  kRmsNorm,
  kHeadNorm,
  kRope,
  kAttention,
  kAttentionCached,
  kGelu,
  kSwiglu,
  kAdd,
  kScale,
  kConcat,
  kReshape,
  kLinearCrossEntropy,
  kGhcRead,
  kGhcWrite,
  kGhcBoundary,
  // Made by differentiation.
  kEmbeddingGrad,
  kLinearGradInput,
  kLinearGradWeight,
  kLinearGradBias,
  kLayerNormGrad,
  kRmsNormGrad,
  kHeadNormGrad,
  kAttentionGrad,
  kGeluGrad,
  kSwigluGrad,
  kSplit,
  kLinearCrossEntropyTrain,
  kGhcReadGrad,
  kGhcWriteGrad,
  kGhcBoundaryGrad,
  kCount
};

struct Operand {
  std::string_view name;
  bool optional = false;
  bool gradient = false;  // outputs only: accumulates into the gradient of a parameter
};

struct AttributeSpec {
  std::string_view name;
  bool integer = true;  // else a real number; both are kept as double, exact to 2^53
  bool required = true;
  double otherwise = 0;
};

// Output `output` may be stored over input `input` when nothing reads that input afterwards.
struct InPlace {
  int output, input;
};

struct OpInfo {
  OpKind kind;
  std::string_view name;
  std::string_view help;
  std::span<const Operand> inputs;
  std::span<const Operand> outputs;
  std::span<const AttributeSpec> attributes;
  std::span<const InPlace> in_place;
};

const OpInfo& op_info(OpKind kind);
std::span<const OpInfo> all_ops();
// NOT_FOUND lists the known names.
StatusOr<OpKind> find_op(std::string_view name);

// Index of a named attribute; the name must exist (programmer error otherwise).
size_t attribute_index(OpKind kind, std::string_view name);

}  // namespace raddle::graph
