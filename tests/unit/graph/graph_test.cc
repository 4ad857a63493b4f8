// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/graph.h"

#include <gtest/gtest.h>

#include "runtime/graph/autodiff.h"
#include "runtime/graph/builder.h"
#include "runtime/graph/text.h"

namespace raddle::graph {
namespace {

// tokens -> embedding -> rms_norm -> linear -> gelu -> linear + residual -> tied cross entropy.
Graph small_model(int32_t block = 0, DType precision = DType::kF32) {
  Builder b;
  b.set_precision(precision);
  const TensorId tokens = b.input("tokens", DType::kI32, {8});
  const TensorId targets = b.input("targets", DType::kI32, {8});
  const TensorId weights = b.input("weights", DType::kF32, {8});
  const TensorId scale = b.input("loss_scale", DType::kF32, {1});
  const TensorId wte = b.parameter("wte", {16, 4}, Init::normal(0.02));
  const TensorId norm = b.parameter("norm.weight", {4}, Init::ones(), false);
  const TensorId up = b.parameter("up", {8, 4}, Init::normal(0.02, 2));
  const TensorId bias = b.parameter("up.bias", {8}, Init::zeros(), false);
  const TensorId down = b.parameter("down", {4, 8}, Init::normal(0.02));
  const TensorId x = b.op(OpKind::kEmbedding, {wte, tokens});
  b.set_block(block);
  const TensorId y = b.op(OpKind::kRmsNorm, {x, norm}, {{"eps", 1e-5}});
  const TensorId h = b.op(OpKind::kGelu, {b.op(OpKind::kLinear, {y, up, bias})});
  const TensorId z = b.op(OpKind::kAdd, {x, b.op(OpKind::kLinear, {h, down})}, {{"scale", 0.5}});
  b.set_block(-1);
  b.add_loss(b.op(OpKind::kLinearCrossEntropy, {z, wte, targets, weights, scale}, {}, "loss"));
  StatusOr<Graph> graph = b.finish();
  EXPECT_TRUE(graph.is_ok()) << graph.status().to_string();
  return std::move(graph).value();
}

TEST(GraphText, RoundTripsForwardAndDifferentiatedGraphs) {
  const Graph forward = small_model();
  const Graph both = differentiate(forward).value();
  const Graph narrow = differentiate(small_model(0, DType::kBF16)).value();
  for (const Graph* graph : {&forward, &both, &narrow}) {
    const std::string text = to_text(*graph);
    const StatusOr<Graph> parsed = parse_text(text);
    ASSERT_TRUE(parsed.is_ok()) << parsed.status().to_string() << "\n" << text;
    EXPECT_EQ(to_text(*parsed), text);
    EXPECT_EQ(graph_hash(*parsed), graph_hash(*graph));
  }
}

TEST(GraphText, PrecisionIsOfActivationsAlone) {
  const Graph graph = differentiate(small_model(0, DType::kBF16)).value();
  EXPECT_EQ(to_text(graph).substr(0, 30), "raddle-graph 1\nprecision BF16\n");
  for (const Tensor& tensor : graph.tensors()) {
    if (tensor.kind != TensorKind::kActivation) {
      EXPECT_NE(tensor.dtype, DType::kBF16) << tensor.name;
      continue;
    }
    const bool is_exact = tensor.name == "loss" || tensor.shape.last() == 1;  // or an rstd
    EXPECT_EQ(tensor.dtype, is_exact ? DType::kF32 : DType::kBF16) << tensor.name;
  }
}

TEST(GraphText, PrecisionIsOneOfTwoAndComesFirst) {
  const auto message = [](const std::string& text) {
    return parse_text("raddle-graph 1\n" + text).status().message();
  };
  EXPECT_NE(message("precision F16\n").find("line 2: a graph's precision is F16, expected F32"),
            std::string::npos);
  EXPECT_NE(message("input x F32 [2]\nprecision BF16\n").find("before its first tensor"),
            std::string::npos);
  EXPECT_NE(message("precision BF16\ninput x F32 [2, 4]\n%1 = gelu(x)\n")
                .find("line 4: node 0 (gelu): x (x) is F32, expected BF16"),
            std::string::npos);
}

TEST(GraphText, ErrorsNameTheLine) {
  const auto message = [](const std::string& text) { return parse_text(text).status().message(); };
  EXPECT_NE(message("").find("empty"), std::string::npos);
  EXPECT_NE(message("nonsense\n").find("line 1"), std::string::npos);
  const std::string head = "raddle-graph 1\ninput x F32 [2, 4]\n";
  EXPECT_NE(message(head + "%1 = gelo(x)\n").find("no operation is called \"gelo\""),
            std::string::npos);
  EXPECT_NE(message(head + "%1 = gelu(y)\n").find("line 3: nothing before this line makes y"),
            std::string::npos);
  EXPECT_NE(message(head + "%1 = reshape(x) {rows=3, width=3}\n")
                .find("rows*width is 9, expected exactly elements = 8"),
            std::string::npos);
  EXPECT_NE(message(head + "x = gelu(x)\n").find("already has a tensor called x"),
            std::string::npos);
  EXPECT_NE(message(head + "%1 = linear_grad_weight(x, x)\n").find("does not name"),
            std::string::npos);
}

TEST(Autodiff, EveryParameterGetsAGradientAndTiedOnesTwo) {
  const Graph graph = differentiate(small_model()).value();
  std::vector<int> count(graph.parameters().size(), 0);
  for (const Tensor& tensor : graph.tensors()) {
    if (tensor.kind == TensorKind::kGradient) ++count[static_cast<size_t>(tensor.parameter)];
  }
  EXPECT_EQ(count, (std::vector<int>{2, 1, 1, 1, 1}));
  EXPECT_EQ(graph.nodes().back().op, OpKind::kEmbeddingGrad);
}

TEST(Autodiff, RecomputationAddsForwardOpsToTheBackwardPass) {
  const auto count_gelu = [](const Graph& graph) {
    int count = 0;
    for (const Node& node : graph.nodes()) count += node.op == OpKind::kGelu;
    return count;
  };
  EXPECT_EQ(count_gelu(differentiate(small_model()).value()), 1);
  const Graph again = differentiate(small_model(), {.recompute_blocks = true}).value();
  EXPECT_EQ(count_gelu(again), 2);
  // Outside any block nothing is computed twice.
  EXPECT_EQ(count_gelu(differentiate(small_model(-1), {.recompute_blocks = true}).value()), 1);
}

int count_ops(const Graph& graph, OpKind op) {
  int count = 0;
  for (const Node& node : graph.nodes()) count += node.op == op;
  return count;
}

// Parameters in order: wte, norm.weight, up, up.bias, down.
TEST(Autodiff, AFrozenParameterHasNoGradientAndNothingIsComputedForItAlone) {
  const Graph down = differentiate(small_model(), {.frozen = {0, 0, 0, 0, 1}}).value();
  EXPECT_EQ(down.trained_parameters(), (std::vector<char>{1, 1, 1, 1, 0}));
  EXPECT_EQ(count_ops(down, OpKind::kLinearGradWeight), 1);
  EXPECT_EQ(count_ops(down, OpKind::kLinearGradInput), 2);

  // Only the last matrix: no norm, no activation and no embedding is differentiated.
  const Graph last = differentiate(small_model(), {.frozen = {1, 1, 1, 1, 0}}).value();
  EXPECT_EQ(last.trained_parameters(), (std::vector<char>{0, 0, 0, 0, 1}));
  EXPECT_EQ(count_ops(last, OpKind::kLinearGradWeight), 1);
  for (const OpKind gone : {OpKind::kLinearGradInput, OpKind::kLinearGradBias, OpKind::kGeluGrad,
                            OpKind::kRmsNormGrad, OpKind::kEmbeddingGrad}) {
    EXPECT_EQ(count_ops(last, gone), 0) << op_info(gone).name;
  }
  const std::string text = to_text(last);
  EXPECT_EQ(to_text(parse_text(text).value()), text);
}

TEST(Autodiff, SomethingMustBeTrained) {
  const Status status = differentiate(small_model(), {.frozen = {1, 1, 1, 1, 1}}).status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("all 5 parameters are frozen"), std::string::npos);
}

TEST(Autodiff, SaysWhatIsMissing) {
  Builder b;
  const TensorId x = b.input("x", DType::kF32, {2, 4});
  const TensorId w = b.parameter("w", {3, 4}, Init::zeros());
  b.op(OpKind::kLinear, {x, w});
  const Graph no_loss = b.finish().value();
  EXPECT_EQ(differentiate(no_loss).status().code(), Code::kFailedPrecondition);

  Builder unused;
  const TensorId ids = unused.input("ids", DType::kI32, {2});
  const TensorId weights = unused.input("weights", DType::kF32, {2});
  const TensorId scale = unused.input("scale", DType::kF32, {1});
  const TensorId table = unused.parameter("table", {5, 4}, Init::zeros());
  unused.parameter("orphan", {5}, Init::zeros());
  const TensorId e = unused.op(OpKind::kEmbedding, {table, ids});
  unused.add_loss(unused.op(OpKind::kLinearCrossEntropy, {e, table, ids, weights, scale}));
  const Status status = differentiate(unused.finish().value()).status();
  EXPECT_NE(status.message().find("orphan"), std::string::npos);
}

TEST(Builder, TheFirstErrorSticksAndNamesTheNode) {
  Builder b;
  const TensorId x = b.input("x", DType::kF32, {2, 4});
  const TensorId w = b.parameter("w", {3, 5}, Init::zeros());
  const TensorId y = b.op(OpKind::kLinear, {x, w});
  EXPECT_FALSE(y.present());
  b.op(OpKind::kGelu, {y});
  const Status status = b.finish().status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.message(), "node 0 (linear): weight (w) has shape [3, 5], expected [out, 4]");
}

TEST(Builder, RefusesBadNamesShapesAndAttributes) {
  const auto fails_with = [](auto&& make, std::string_view part) {
    Builder b;
    make(b);
    const std::string message = b.finish().status().message();
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  fails_with([](Builder& b) { b.input("a b", DType::kF32, {1}); }, "no tensor name");
  fails_with([](Builder& b) { b.input("a", DType::kF32, {1 << 30, 1 << 30}); }, "2^40");
  fails_with(
      [](Builder& b) {
        b.op(OpKind::kRmsNorm, {b.input("x", DType::kF32, {1, 2})});
      },
      "needs the attribute eps");
  fails_with(
      [](Builder& b) {
        b.op(OpKind::kRmsNorm, {b.input("x", DType::kF32, {1, 2})}, {{"eps", 1}, {"epz", 1}});
      },
      "has no attribute epz");
  fails_with(
      [](Builder& b) {
        b.op(OpKind::kEmbeddingGrad, {b.input("x", DType::kF32, {1, 2})});
      },
      "made by differentiation");
}

TEST(Init, PrintsAndParses) {
  for (const char* text : {"zeros", "ones", "normal(0.02)", "normal(0.02,64)", "constant(3)",
                           "stacked_identity", "residue_average", "hyper_connection(4)"}) {
    const StatusOr<Init> init = Init::parse(text);
    ASSERT_TRUE(init.is_ok()) << init.status().to_string();
    EXPECT_EQ(init->to_string(), text);
  }
  for (const char* text : {"normal", "normal(x)", "zeros(1)", "uniform(2)", "normal(1,-2)"}) {
    EXPECT_FALSE(Init::parse(text).is_ok()) << text;
  }
}

}  // namespace
}  // namespace raddle::graph
