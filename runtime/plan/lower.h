// SPDX-License-Identifier: Apache-2.0
// From a node to the Args of its op's kernels: the one place that knows both. The planner calls it
// with addresses that only say present or absent, the executor with real ones; what is done with
// (list, args) is the sink's business, so both see the same Args.
#pragma once

#include "kernels/ops/attention.h"
#include "kernels/ops/elementwise.h"
#include "kernels/ops/embedding.h"
#include "kernels/ops/hyper_connection.h"
#include "kernels/ops/linear.h"
#include "kernels/ops/linear_cross_entropy.h"
#include "kernels/ops/norm.h"
#include "kernels/ops/rope.h"
#include "kernels/ops/tile.h"
#include "runtime/graph/graph.h"

namespace raddle::plan {

// Where the operands of a node are, and whether a gradient output adds to what is there.
class Addresses {
 public:
  virtual ~Addresses() = default;
  // Of operands that are present: an input as the op reads it (Program::read_by), an output.
  virtual void* input(size_t i) const = 0;
  virtual void* output(size_t i) const = 0;
  virtual bool accumulates(graph::TensorId gradient) const = 0;
};

// `Sink` has `Status operator()(KernelList<Args>, const Args&)` for every Args, and
// `Status view()` for a node that needs no kernel.
// T is the graph's precision.
template <class T, class Sink>
class Lowering {
 public:
  Lowering(const graph::Graph& graph, const graph::Node& node, const Addresses& addresses,
           Sink& sink)
      : graph_(graph),
        node_(node),
        op_(graph::op_info(node.op)),
        addresses_(addresses),
        sink_(sink) {}

  Status run() {
    using graph::OpKind;
    switch (node_.op) {
      case OpKind::kEmbedding:
        return embedding();
      case OpKind::kLinear:
        return linear();
      case OpKind::kLayerNorm:
        return layer_norm();
      case OpKind::kRmsNorm:
        return rms_norm();
      case OpKind::kHeadNorm:
        return head_norm();
      case OpKind::kRope:
        return rope();
      case OpKind::kAttention:
        return attention();
      case OpKind::kAttentionCached:
        return attention_cached();
      case OpKind::kGelu:
        return sink_(kernels::gelu_kernels<T>(), kernels::GeluArgsOf<T>{in(0), out(0), count(0)});
      case OpKind::kSwiglu:
        return sink_(kernels::swiglu_kernels<T>(),
                     kernels::SwigluArgsOf<T>{in(0), out(0), rows(0), width(0) / 2});
      case OpKind::kGeglu:
        return sink_(kernels::geglu_kernels<T>(),
                     kernels::GegluArgsOf<T>{in(0), out(0), rows(0), width(0) / 2});
      case OpKind::kAdd:
        return add(in(1));
      case OpKind::kScale:
        return add(nullptr);
      case OpKind::kConcat:
        return sink_(kernels::concat_kernels<T>(),
                     kernels::ConcatArgsOf<T>{in(0), in(1), out(0), rows(0), width(0), width(1)});
      case OpKind::kReshape:
        return sink_.view();
      case OpKind::kTile:
        return sink_(kernels::tile_kernels<T>(),
                     kernels::TileArgsOf<T>{in(0), out(0), rows(0), width(0), integer("width"),
                                            takes_mean()});
      case OpKind::kFold:
        return sink_(kernels::fold_kernels<T>(),
                     kernels::FoldArgsOf<T>{in(0), out(0), rows(0), integer("width"), width(0),
                                            takes_mean()});
      case OpKind::kLinearCrossEntropy:
        return cross_entropy(false);
      case OpKind::kHyperConnectionRead:
        return hyper_connection_read();
      case OpKind::kHyperConnectionWrite:
        return hyper_connection_write();
      case OpKind::kHyperConnectionBoundary:
        return hyper_connection_boundary();
      default:
        return run_backward();
    }
  }

 private:
  // Ops that differentiation makes.
  Status run_backward() {
    using graph::OpKind;
    switch (node_.op) {
      case OpKind::kEmbeddingGrad:
        return embedding_grad();
      case OpKind::kLinearGradInput:
        return linear_grad_input();
      case OpKind::kLinearGradWeight:
        return linear_grad_weight();
      case OpKind::kLinearGradBias:
        return linear_grad_bias();
      case OpKind::kLayerNormGrad:
        return layer_norm_grad();
      case OpKind::kRmsNormGrad:
        return rms_norm_grad();
      case OpKind::kHeadNormGrad:
        return head_norm_grad();
      case OpKind::kAttentionGrad:
        return attention_grad();
      case OpKind::kGeluGrad:
        return sink_(kernels::gelu_grad_kernels<T>(),
                     kernels::GeluGradArgsOf<T>{in(0), in(1), out(0), count(0)});
      case OpKind::kSwigluGrad:
        return sink_(kernels::swiglu_grad_kernels<T>(),
                     kernels::SwigluGradArgsOf<T>{in(0), in(1), out(0), rows(0), width(0)});
      case OpKind::kGegluGrad:
        return sink_(kernels::geglu_grad_kernels<T>(),
                     kernels::GegluGradArgsOf<T>{in(0), in(1), out(0), rows(0), width(0)});
      case OpKind::kSplit:
        return split();
      case OpKind::kLinearCrossEntropyTrain:
        return cross_entropy(true);
      case OpKind::kHyperConnectionReadGrad:
        return hyper_connection_read_grad();
      case OpKind::kHyperConnectionWriteGrad:
        return hyper_connection_write_grad();
      case OpKind::kHyperConnectionBoundaryGrad:
        return hyper_connection_boundary_grad();
      default:
        return internal_error("op {} is not lowered", static_cast<int>(node_.op));
    }
  }

  graph::TensorId input(size_t i) const {
    RADDLE_ASSERT(i < node_.inputs.size());
    return node_.inputs[i];
  }
  graph::TensorId output(size_t i) const {
    RADDLE_ASSERT(i < node_.outputs.size());
    return node_.outputs[i];
  }
  void* read(size_t i) const { return input(i).present() ? addresses_.input(i) : nullptr; }
  void* written(size_t i) const { return output(i).present() ? addresses_.output(i) : nullptr; }
  // Of the graph's precision.
  const T* in(size_t i) const { return in_out(i); }
  T* in_out(size_t i) const {
    RADDLE_ASSERT(op_.inputs[i].values == graph::Values::kReal);
    return static_cast<T*>(read(i));
  }
  T* out(size_t i) const {
    RADDLE_ASSERT(op_.outputs[i].values == graph::Values::kReal);
    return static_cast<T*>(written(i));
  }
  // F32 whatever that is.
  const float* exact(size_t i) const {
    RADDLE_ASSERT(op_.inputs[i].values == graph::Values::kExact);
    return static_cast<const float*>(read(i));
  }
  float* exact_out(size_t i) const {
    RADDLE_ASSERT(op_.outputs[i].values == graph::Values::kExact);
    return static_cast<float*>(written(i));
  }
  const int32_t* ids(size_t i) const {
    RADDLE_ASSERT(are_indices(op_.inputs[i].values));
    return static_cast<const int32_t*>(read(i));
  }
  bool adds(size_t i) const { return output(i).present() && addresses_.accumulates(output(i)); }
  const Shape& shape(size_t i) const { return graph_.tensor(input(i)).shape; }
  int64_t rows(size_t i) const { return shape(i).rows(); }
  int64_t width(size_t i) const { return shape(i).last(); }
  int64_t count(size_t i) const { return shape(i).elements(); }
  int64_t integer(std::string_view name) const { return node_.integer(name); }
  bool takes_mean() const { return integer("mean") != 0; }
  float real(std::string_view name) const { return static_cast<float>(node_.attribute(name)); }

  Status embedding() {
    return sink_(
        kernels::embedding_kernels<T>(),
        kernels::EmbeddingArgsOf<T>{in(0), ids(1), out(0), count(1), shape(0)[0], width(0)});
  }
  Status embedding_grad() {
    const Shape& table = graph_.tensor(node_.outputs[0]).shape;
    return sink_(kernels::embedding_grad_kernels<T>(),
                 kernels::EmbeddingGradArgsOf<T>{in(0), ids(1), exact_out(0), count(1), table[0],
                                                 table[1], adds(0)});
  }
  Status linear() {
    return sink_(
        kernels::linear_kernels<T>(),
        kernels::LinearArgsOf<T>{in(0), in(1), in(2), out(0), rows(0), width(0), shape(1)[0]});
  }
  Status linear_grad_input() {
    return sink_(
        kernels::linear_grad_input_kernels<T>(),
        kernels::LinearGradInputArgsOf<T>{in(0), in(1), out(0), rows(0), width(1), width(0)});
  }
  Status linear_grad_weight() {
    return sink_(kernels::linear_grad_weight_kernels<T>(),
                 kernels::LinearGradWeightArgsOf<T>{in(0), in(1), exact_out(0), rows(0), width(1),
                                                    width(0), adds(0)});
  }
  Status linear_grad_bias() {
    return sink_(kernels::linear_grad_bias_kernels<T>(),
                 kernels::LinearGradBiasArgsOf<T>{in(0), exact_out(0), rows(0), width(0), adds(0)});
  }
  Status layer_norm() {
    return sink_(kernels::layer_norm_kernels<T>(),
                 kernels::LayerNormArgsOf<T>{in(0), exact(1), exact(2), out(0), exact_out(1),
                                             rows(0), width(0), real("eps")});
  }
  Status layer_norm_grad() {
    return sink_(
        kernels::layer_norm_grad_kernels<T>(),
        kernels::LayerNormGradArgsOf<T>{in(0), in(1), exact(2), exact(3), out(0), exact_out(1),
                                        exact_out(2), rows(1), width(1), adds(1), adds(2)});
  }
  Status rms_norm() {
    return sink_(kernels::rms_norm_kernels<T>(),
                 kernels::RmsNormArgsOf<T>{in(0), exact(1), out(0), exact_out(1), rows(0), width(0),
                                           real("eps")});
  }
  Status rms_norm_grad() {
    return sink_(kernels::rms_norm_grad_kernels<T>(),
                 kernels::RmsNormGradArgsOf<T>{in(0), in(1), exact(2), exact(3), out(0),
                                               exact_out(1), rows(1), width(1), adds(1)});
  }
  Status head_norm() {
    return sink_(kernels::head_norm_kernels<T>(),
                 kernels::HeadNormArgsOf<T>{in(0), exact(1), exact(2), out(0), exact_out(1),
                                            rows(0), integer("heads"), integer("kv_heads"),
                                            integer("head_dim"), real("eps")});
  }
  Status head_norm_grad() {
    return sink_(
        kernels::head_norm_grad_kernels<T>(),
        kernels::HeadNormGradArgsOf<T>{in(0), in(1), exact(2), exact(3), exact(4), out(0),
                                       exact_out(1), exact_out(2), rows(1), integer("heads"),
                                       integer("kv_heads"), integer("head_dim"), adds(1), adds(2)});
  }
  Status rope() {
    return sink_(kernels::rope_kernels<T>(),
                 kernels::RopeArgsOf<T>{in(0), ids(1), out(0), rows(0), integer("heads"),
                                        integer("kv_heads"), integer("head_dim"),
                                        node_.attribute("theta"), integer("inverse") != 0});
  }
  Status attention() {
    return sink_(
        kernels::attention_kernels<T>(),
        kernels::AttentionArgsOf<T>{in(0), ids(1), out(0), exact_out(1), rows(0), integer("heads"),
                                    integer("kv_heads"), integer("head_dim"), real("scale"),
                                    integer("causal") != 0});
  }
  Status attention_grad() {
    return sink_(
        kernels::attention_grad_kernels<T>(),
        kernels::AttentionGradArgsOf<T>{in(0), in(1), in(2), exact(3), ids(4), out(0), rows(1),
                                        integer("heads"), integer("kv_heads"), integer("head_dim"),
                                        real("scale"), integer("causal") != 0});
  }
  Status attention_cached() {
    return sink_(kernels::attention_cached_kernels<T>(),
                 kernels::AttentionCachedArgsOf<T>{
                     in(0), ids(1), in_out(2), in_out(3), out(0), rows(0), shape(2)[0],
                     integer("heads"), integer("kv_heads"), integer("head_dim"), real("scale")});
  }
  Status add(const T* b) {
    return sink_(kernels::add_kernels<T>(),
                 kernels::AddArgsOf<T>{in(0), b, out(0), count(0), real("scale")});
  }
  Status split() {
    const int64_t a_width = integer("a_width");
    return sink_(
        kernels::split_kernels<T>(),
        kernels::SplitArgsOf<T>{in(0), out(0), out(1), rows(0), a_width, width(0) - a_width});
  }
  Status cross_entropy(bool train) {
    kernels::LinearCrossEntropyArgsOf<T> args{};
    args.x = in(0);
    args.weight = in(1);
    args.targets = ids(2);
    args.weights = exact(3);
    args.loss_scale = exact(4);
    args.loss = exact_out(0);
    args.dx = train ? out(1) : nullptr;
    args.dweight = train ? exact_out(2) : nullptr;
    args.coefficient = train ? real("coefficient") : 1.0f;
    args.rows = rows(0);
    args.in = width(0);
    args.vocab = shape(1)[0];
    args.accumulate_dweight = train && adds(2);
    return sink_(kernels::linear_cross_entropy_kernels<T>(), args);
  }

  // Virtual width. `state` is the input that holds H.
  kernels::SiteShape site_shape(size_t state) const {
    const int64_t n = integer("n");
    return {rows(state), integer("m"), n, width(state) / n, real("eps"), integer("dynamic") != 0};
  }
  kernels::SiteParameters site(size_t c0, bool generator) const {
    return {exact(c0), exact(c0 + 1), generator ? exact(c0 + 2) : nullptr,
            generator ? exact(c0 + 3) : nullptr};
  }
  kernels::SiteGradients gradients(size_t dc0) const {
    return {exact_out(dc0), exact_out(dc0 + 1), exact_out(dc0 + 2), exact_out(dc0 + 3),
            adds(dc0),      adds(dc0 + 1),      adds(dc0 + 2),      adds(dc0 + 3)};
  }
  const float* t(size_t i) const { return integer("dynamic") != 0 ? exact(i) : nullptr; }
  float* t_out(size_t i) const { return integer("dynamic") != 0 ? exact_out(i) : nullptr; }

  Status hyper_connection_read() {
    return sink_(kernels::hyper_connection_read_kernels<T>(),
                 kernels::HyperConnectionReadArgsOf<T>{site_shape(0), site(1, true), in(0), out(0),
                                                       t_out(1)});
  }
  Status hyper_connection_write() {
    return sink_(kernels::hyper_connection_write_kernels<T>(),
                 kernels::HyperConnectionWriteArgsOf<T>{site_shape(0), site(3, false), in(0), in(1),
                                                        t(2), out(0)});
  }
  Status hyper_connection_boundary() {
    return sink_(
        kernels::hyper_connection_boundary_kernels<T>(),
        kernels::HyperConnectionBoundaryArgsOf<T>{site_shape(0), site(3, false), site(5, true),
                                                  in(0), in(1), t(2), out(0), out(1), t_out(2)});
  }
  Status hyper_connection_write_grad() {
    return sink_(
        kernels::hyper_connection_write_grad_kernels<T>(),
        kernels::HyperConnectionWriteGradArgsOf<T>{site_shape(1), site(4, false), in(0), in(1),
                                                   in(2), t(3), out(0), out(1), exact_out(2)});
  }
  Status hyper_connection_read_grad() {
    return sink_(
        kernels::hyper_connection_read_grad_kernels<T>(),
        kernels::HyperConnectionReadGradArgsOf<T>{site_shape(3), site(5, true), gradients(1), in(0),
                                                  exact(1), in(2), in(3), t(4), out(0)});
  }
  Status hyper_connection_boundary_grad() {
    kernels::HyperConnectionBoundaryGradArgsOf<T> args{};
    args.shape = site_shape(3);
    args.next = site(5, true);
    args.next_gradients = gradients(3);
    args.dx_next = in(0);
    args.dc_next = exact(1);
    args.dh_next_in = in(2);
    args.h_next = in(3);
    args.t_next = t(4);
    args.site = site(12, false);
    args.h = in(9);
    args.z = in(10);
    args.t = t(11);
    args.dh = out(0);
    args.dz = out(1);
    args.dc = exact_out(2);
    return sink_(kernels::hyper_connection_boundary_grad_kernels<T>(), args);
  }

  const graph::Graph& graph_;
  const graph::Node& node_;
  const graph::OpInfo& op_;
  const Addresses& addresses_;
  Sink& sink_;
};

template <class Sink>
Status lower_node(const graph::Graph& graph, const graph::Node& node, const Addresses& addresses,
                  Sink& sink) {
  RADDLE_ASSERT(graph.precision() == DType::kF32 || graph.precision() == DType::kBF16);
  if (graph.precision() == DType::kF32) {
    return Lowering<float, Sink>(graph, node, addresses, sink).run();
  }
  return Lowering<Bf16, Sink>(graph, node, addresses, sink).run();
}

}  // namespace raddle::plan
