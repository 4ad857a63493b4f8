// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/build_model.h"

#include <string>

#include "runtime/graph/builder.h"
#include "runtime/models/layers.h"
#include "runtime/models/residual.h"

namespace raddle::models {
namespace {

using graph::Builder;
using graph::Init;
using graph::OpKind;
using graph::TensorId;

// Builds one graph. Order of the calls is the order of the parameters.
class Assembler {
 public:
  Assembler(const ModelConfig& model, const GraphOptions& options)
      : model_(model), options_(options), layers_(builder_, model) {}

  StatusOr<graph::Graph> build();

 private:
  bool wants_loss() const {
    return options_.mode == GraphMode::kLoss || options_.mode == GraphMode::kEvalLoss;
  }
  void add_inputs();
  void add_embedding_parameters();
  void add_head_parameters();
  TensorId embed(TensorId ids, bool with_positions);
  TensorId hidden_after_final_norm(TensorId state);
  TensorId mtp_state(TensorId state);
  void add_loss(TensorId hidden, TensorId targets, TensorId weights, const char* name,
                double coefficient);
  void add_mtp(TensorId state);

  const ModelConfig& model_;
  const GraphOptions& options_;
  Builder builder_;
  Layers layers_;
  AttentionInputs attention_;
  TensorId tokens_, targets_, weights_, loss_scale_, mtp_targets_, mtp_weights_;
  TensorId table_, position_table_, expand_, reduce_, lm_head_;
  TensorId final_norm_weight_, final_norm_bias_;
};

void Assembler::add_inputs() {
  const Shape rows = {options_.rows};
  tokens_ = builder_.input("tokens", DType::kI32, rows);
  attention_.positions = builder_.input("positions", DType::kI32, rows);
  if (options_.mode == GraphMode::kDecode) {
    attention_.cache_rows = builder_.input("cache_rows", DType::kI32, {1});
    attention_.cache_capacity = options_.cache_capacity;
  } else {
    attention_.cu_seqlens = builder_.input("cu_seqlens", DType::kI32, {options_.rows + 1});
  }
  if (!wants_loss()) return;
  targets_ = builder_.input("targets", DType::kI32, rows);
  weights_ = builder_.input("weights", DType::kF32, rows);
  loss_scale_ = builder_.input("loss_scale", DType::kF32, {1});
  if (options_.mode != GraphMode::kLoss || model_.mtp_heads == 0) return;
  mtp_targets_ = builder_.input("mtp_targets", DType::kI32, rows);
  mtp_weights_ = builder_.input("mtp_weights", DType::kF32, rows);
}

// A wide table repeats the base table's draws every `width` columns, so that all blocks of the wide
// state start equal. Learned positions then are wide too: there is no W_expand to widen them.
void Assembler::add_embedding_parameters() {
  const VirtualWidth& v = model_.virtual_width;
  const bool wide_table = v.enabled() && v.embedding == WideEmbedding::kTable;
  const int64_t columns = wide_table ? model_.wide_width() : model_.width;
  const Init init = Init::normal(model_.init_std, wide_table ? model_.width : 0);
  table_ = builder_.parameter("embedding.weight", {model_.vocab_size, columns}, init);
  if (!model_.family->rotary) {
    position_table_ =
        builder_.parameter("position_embedding.weight", {model_.context, columns}, init);
  }
  if (v.enabled() && v.embedding == WideEmbedding::kExpand) {
    expand_ = builder_.parameter("virtual_width.expand.weight", {model_.wide_width(), model_.width},
                                 Init::stacked_identity());
  }
}

void Assembler::add_head_parameters() {
  const VirtualWidth& v = model_.virtual_width;
  if (v.enabled() && v.reduce == WideReduce::kLearned) {
    reduce_ = builder_.parameter("virtual_width.reduce.weight", {model_.width, model_.wide_width()},
                                 Init::residue_average());
  }
  final_norm_weight_ = builder_.parameter("final_norm.weight", {model_.width}, Init::ones(), false);
  if (model_.family->layer_norm) {
    final_norm_bias_ = builder_.parameter("final_norm.bias", {model_.width}, Init::zeros(), false);
  }
  lm_head_ = model_.tie_embeddings
                 ? table_
                 : builder_.parameter("lm_head.weight", {model_.vocab_size, model_.width},
                                      Init::normal(model_.init_std));
}

TensorId Assembler::embed(TensorId ids, bool with_positions) {
  TensorId x = builder_.op(OpKind::kEmbedding, {table_, ids});
  if (with_positions && position_table_.present()) {
    const TensorId p = builder_.op(OpKind::kEmbedding, {position_table_, attention_.positions});
    x = builder_.op(OpKind::kAdd, {x, p});
  }
  if (expand_.present()) return builder_.op(OpKind::kLinear, {x, expand_});
  const VirtualWidth& v = model_.virtual_width;
  if (!v.enabled() || v.embedding != WideEmbedding::kCopy) return x;
  return builder_.op(OpKind::kTile, {x}, {{"width", static_cast<double>(model_.wide_width())}});
}

TensorId Assembler::hidden_after_final_norm(TensorId x) {
  if (model_.virtual_width.enabled()) {
    const GroupNorm norm = model_.resolved_group_norm();
    if (norm != GroupNorm::kNone) {
      const int64_t groups = model_.wide_width() / model_.width;
      const auto reshape = [&](int64_t rows, int64_t width) {
        x = builder_.op(
            OpKind::kReshape, {x},
            {{"rows", static_cast<double>(rows)}, {"width", static_cast<double>(width)}});
      };
      reshape(options_.rows * groups, model_.width);
      x = layers_.bare_norm(norm, x);
      reshape(options_.rows, model_.wide_width());
    }
    x = reduce_.present()
            ? builder_.op(OpKind::kLinear, {x, reduce_})
            : builder_.op(OpKind::kFold, {x},
                          {{"width", static_cast<double>(model_.width)}, {"mean", 1}});
  }
  if (model_.family->layer_norm) {
    return builder_.op(OpKind::kLayerNorm, {x, final_norm_weight_, final_norm_bias_},
                       {{"eps", model_.norm_eps}});
  }
  return builder_.op(OpKind::kRmsNorm, {x, final_norm_weight_}, {{"eps", model_.norm_eps}});
}

void Assembler::add_loss(TensorId hidden, TensorId targets, TensorId weights, const char* name,
                         double coefficient) {
  builder_.add_loss(builder_.op(OpKind::kLinearCrossEntropy,
                                {hidden, lm_head_, targets, weights, loss_scale_}, {}, name),
                    coefficient);
}

// The state that predicts the token after the next: the next token's embedding and the last state,
// each normed, meet in one small linear that all slots share. It starts as their mean: both are in
// play from the first step, equal blocks of the wide state stay equal (a drawn matrix would keep
// them equal too, but start from a random mixture within each slot), and nothing depends on the
// width.
TensorId Assembler::mtp_state(TensorId state) {
  const int64_t d = model_.slot_width();
  const auto per_slot = [&](TensorId x) {
    return builder_.op(OpKind::kReshape, {x},
                       {{"rows", static_cast<double>(options_.rows * model_.slots())},
                        {"width", static_cast<double>(d)}});
  };
  // Rows whose next token is unknown have target 0 and weight 0 in the loss.
  TensorId e = layers_.norm("mtp.embedding_norm", embed(targets_, /*with_positions=*/false));
  TensorId h = layers_.norm("mtp.hidden_norm", state);
  const TensorId weight =
      builder_.parameter("mtp.combine.weight", {d, 2 * d}, Init::residue_average());
  TensorId x = builder_.op(OpKind::kConcat, {per_slot(e), per_slot(h)});
  x = builder_.op(OpKind::kLinear, {x, weight}, {}, "mtp.combine");
  return builder_.op(OpKind::kReshape, {x},
                     {{"rows", static_cast<double>(options_.rows)},
                      {"width", static_cast<double>(model_.wide_width())}});
}

void Assembler::add_mtp(TensorId state) {
  Residual residual(builder_, model_, mtp_state(state));
  builder_.set_block(static_cast<int32_t>(model_.layers));
  layers_.block("mtp.layer", attention_, &residual);
  builder_.set_block(-1);
  add_loss(hidden_after_final_norm(residual.finish()), mtp_targets_, mtp_weights_, "mtp_loss",
           model_.mtp_weight);
}

StatusOr<graph::Graph> Assembler::build() {
  builder_.set_precision(model_.precision);
  add_inputs();
  add_embedding_parameters();
  Residual residual(builder_, model_, embed(tokens_, /*with_positions=*/true));
  for (int64_t i = 0; i < model_.layers; ++i) {
    builder_.set_block(static_cast<int32_t>(i));
    attention_.cache_name = "layer" + std::to_string(i);
    layers_.block("layers." + std::to_string(i), attention_, &residual);
  }
  builder_.set_block(-1);
  add_head_parameters();
  const TensorId state = residual.finish();
  const TensorId hidden = hidden_after_final_norm(state);
  if (wants_loss()) {
    add_loss(hidden, targets_, weights_, "loss", 1);
    if (mtp_targets_.present()) add_mtp(state);
  } else {
    builder_.add_output(builder_.op(OpKind::kLinear, {hidden, lm_head_}, {}, "logits"));
  }
  return builder_.finish();
}

}  // namespace

StatusOr<graph::Graph> build_model(const ModelConfig& model, const GraphOptions& options) {
  RADDLE_RETURN_IF_ERROR(validate(model));
  if (options.rows < 1) {
    return invalid_argument("a model's graph has {} rows, expected at least 1 token", options.rows);
  }
  if (options.mode == GraphMode::kDecode && options.cache_capacity < options.rows) {
    return invalid_argument(
        "the key/value cache holds {} tokens, expected at least the {} of a run",
        options.cache_capacity, options.rows);
  }
  return Assembler(model, options).build();
}

int64_t parameter_count(const ModelConfig& model) {
  const auto graph = build_model(model, {GraphMode::kLoss, 1, 0});
  RADDLE_ASSERT(graph.is_ok());
  return graph->parameter_elements();
}

double flops_per_token(const ModelConfig& model, int64_t sequence_length) {
  const auto n = static_cast<double>(parameter_count(model));
  const auto layers = static_cast<double>(model.layers + model.mtp_heads);
  const auto attention_width = static_cast<double>(model.heads * model.head_dim);
  return 6 * n + 6 * layers * attention_width * static_cast<double>(sequence_length);
}

}  // namespace raddle::models
