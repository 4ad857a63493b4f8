// SPDX-License-Identifier: Apache-2.0
// Graph: an immutable list of operations on named tensors, in execution order. It knows no device,
// no memory and no mesh. Made by Builder (builder.h), extended with gradients by differentiate()
// (autodiff.h), printed and parsed by text.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/dtype.h"
#include "runtime/base/shape.h"
#include "runtime/graph/op_table.h"

namespace raddle::graph {

struct TensorId {
  int32_t value = -1;  // -1: absent (an optional operand that was left out)
  bool present() const { return value >= 0; }
  friend bool operator==(TensorId, TensorId) = default;
};

enum class TensorKind : uint8_t {
  kInput,       // set by the caller before each micro-batch
  kParameter,   // lives in the StateStore
  kCache,       // persistent scratch of a program, e.g. a key/value cache
  kActivation,  // made by a node, lives for a step at most
  kGradient     // accumulates into the gradient of `parameter` in the StateStore
};

// How a parameter starts. All kinds are pure functions of (seed, parameter name, element), so
// neither the number of threads nor the order matters.
struct Init {
  enum class Kind : uint8_t {
    kZeros,
    kOnes,
    kNormal,           // value * N(0, 1); with period > 0 columns repeat with that period
    kConstant,         // value
    kStackedIdentity,  // (rows, cols): 1 where row mod cols == col: W_expand at the baseline
    kResidueAverage,   // (rows, cols): 1/count where col mod rows == row: W_reduce at the baseline
    kHyperConnection,  // (n, 2m+n), period = m: Aread = [I_m; 0], Acarry = I_n,
                       // B^T[j,i] = 1 iff i = j mod m
  };
  Kind kind = Kind::kZeros;
  double value = 0;
  int64_t period = 0;

  static Init zeros() { return {}; }
  static Init ones() { return {Kind::kOnes, 0, 0}; }
  static Init normal(double std_dev, int64_t period = 0) {
    return {Kind::kNormal, std_dev, period};
  }
  static Init constant(double value) { return {Kind::kConstant, value, 0}; }
  static Init stacked_identity() { return {Kind::kStackedIdentity, 0, 0}; }
  static Init residue_average() { return {Kind::kResidueAverage, 0, 0}; }
  static Init hyper_connection(int64_t m) { return {Kind::kHyperConnection, 0, m}; }
  std::string to_string() const;  // "normal(0.02)"
  static StatusOr<Init> parse(std::string_view text);
  // Whether a parameter of this shape can start so.
  Status check(const Shape& shape) const;
};

struct Tensor {
  std::string name;  // unique
  TensorKind kind = TensorKind::kActivation;
  DType dtype = DType::kF32;
  Shape shape;
  int32_t producer = -1;   // node index; -1 for inputs, parameters, caches
  int32_t parameter = -1;  // index into parameters(): kParameter and kGradient
};

struct Parameter {
  TensorId tensor;
  Init init;
  bool decay = true;  // takes weight decay
};

enum class Phase : uint8_t { kForward, kBackward };

struct Node {
  OpKind op;
  std::vector<TensorId> inputs;    // one per Operand of the op, absent ones included
  std::vector<TensorId> outputs;   // likewise
  std::vector<double> attributes;  // one per AttributeSpec
  int32_t block = -1;              // recomputation unit, e.g. a transformer block; -1: none
  Phase phase = Phase::kForward;

  double attribute(std::string_view name) const { return attributes[attribute_index(op, name)]; }
  int64_t integer(std::string_view name) const { return static_cast<int64_t>(attribute(name)); }
};

// A scalar that counts towards the objective with a fixed coefficient.
struct Loss {
  TensorId tensor;
  double coefficient = 1;
};

class Graph {
 public:
  std::span<const Tensor> tensors() const { return tensors_; }
  std::span<const Node> nodes() const { return nodes_; }
  std::span<const Parameter> parameters() const { return parameters_; }
  std::span<const Loss> losses() const { return losses_; }
  std::span<const TensorId> outputs() const { return outputs_; }  // kept to the end of the program

  const Tensor& tensor(TensorId id) const { return tensors_[static_cast<size_t>(id.value)]; }
  std::optional<TensorId> find(std::string_view name) const;
  // The tensor whose memory `id` shows: itself, or what a chain of reshapes began with.
  TensorId root(TensorId id) const;
  bool is_differentiated() const { return differentiated_; }
  // F32 or BF16: what activations and caches are, and parameters where products read them. What
  // must stay exact is F32 all the same (Values in op_table.h), and so are parameters as they are
  // kept.
  DType precision() const { return precision_; }
  int64_t parameter_elements() const;  // over all parameters
  // By parameter: whether it is trained, which all are until differentiation leaves some out.
  std::vector<char> trained_parameters() const;

 private:
  friend class Builder;
  std::vector<Tensor> tensors_;
  std::vector<Node> nodes_;
  std::vector<Parameter> parameters_;
  std::vector<Loss> losses_;
  std::vector<TensorId> outputs_;
  DType precision_ = DType::kF32;
  bool differentiated_ = false;
};

}  // namespace raddle::graph
