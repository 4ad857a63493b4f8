// SPDX-License-Identifier: Apache-2.0
// The one table of operations: names, operands with their shapes and what their values may be,
// attributes with their ranges, help, gradient. Shape inference, builder, text form, verifier, the
// checks of a caller's inputs, differentiation, C ABI and documentation all read it. An op is an
// OpKind here, an entry in its family's file in ops/ and its kernels' Args in plan/lower.h.
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
  kGeglu,
  kAdd,
  kScale,
  kConcat,
  kReshape,
  kTile,
  kFold,
  kLinearCrossEntropy,
  kHyperConnectionRead,
  kHyperConnectionWrite,
  kHyperConnectionBoundary,
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
  kGegluGrad,
  kSplit,
  kLinearCrossEntropyTrain,
  kHyperConnectionReadGrad,
  kHyperConnectionWriteGrad,
  kHyperConnectionBoundaryGrad,
  kCount
};

// What the elements of an operand are.
enum class Values : uint8_t {
  kReal,   // of the graph's precision, F32 or BF16; a parameter is F32 and read through a copy
  kExact,  // F32 in every graph: statistics, coefficients, losses, parameters of small vectors
  kIndex,  // I32, from 0 to below `bound`
  kRising  // I32, rising from 0 to at most `bound`
};
constexpr bool are_indices(Values values) {
  return values == Values::kIndex || values == Values::kRising;
}

// One operand of an op: all that is checked of it, whether a node comes from the builder, from text
// or from differentiation, and whether its values come from a node or from a caller.
struct Operand {
  std::string_view name;
  // Its sizes, outermost first: "rows, (heads + 2*kv_heads)*head_dim". A word is an attribute of
  // the op, or stands for one size wherever the op names it. "*": any shape, the same wherever the
  // op says "*"; `elements` is how many it has.
  std::string_view shape;
  bool optional = false;
  // It may be there only when this attribute is not 0, or this input is there; it must be there
  // then unless `optional`.
  std::string_view when = "";
  Values values = Values::kReal;
  std::string_view bound = "";  // in the words of `shape`; "": all that is not negative
  std::string_view mask = "";   // an input; where it is 0, the value here is not used
  bool written = false;         // an input that the op also writes: it must be a cache
  bool gradient = false;        // an output that accumulates into the gradient of a parameter

  bool may_be_absent() const { return optional || !when.empty(); }
};

struct AttributeSpec {
  std::string_view name;
  bool integer = true;  // else a real number; both are kept as double, exact to 2^53
  bool required = true;
  double otherwise = 0;
  // Both are allowed. Integers are sizes and counts: the bound keeps the product of two in 64 bits.
  double least = 1, most = 1 << 30;
};

// What must hold between sizes, in the words of the shapes.
struct Constraint {
  enum class Relation : uint8_t { kEquals, kMultipleOf, kAtLeast };
  std::string_view left;
  Relation relation;
  std::string_view right;
};

// Output `output` may be stored over input `input` when nothing reads that input afterwards.
struct InPlace {
  int output, input;
};

class GradientRule;  // gradient_rules.h

struct OpInfo {
  OpKind kind;
  std::string_view name;
  std::string_view help;
  std::span<const Operand> inputs;
  std::span<const Operand> outputs;
  std::span<const AttributeSpec> attributes = {};
  std::span<const InPlace> in_place = {};
  std::span<const Constraint> constraints = {};
  // Emits the nodes of its backward pass; null: the op is for running only.
  Status (*gradient)(GradientRule&) = nullptr;
  bool gradients_alike = false;  // of one node: all overwrite, or all add
};

const OpInfo& op_info(OpKind kind);
std::span<const OpInfo> all_ops();
// NOT_FOUND lists the known names.
StatusOr<OpKind> find_op(std::string_view name);

// Index of a named attribute; the name must exist (programmer error otherwise).
size_t attribute_index(OpKind kind, std::string_view name);

}  // namespace raddle::graph
