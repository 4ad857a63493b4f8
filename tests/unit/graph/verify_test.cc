// SPDX-License-Identifier: Apache-2.0
// Graphs that hold together node by node and must be refused all the same.
#include "runtime/graph/verify.h"

#include <gtest/gtest.h>

#include "runtime/graph/autodiff.h"
#include "runtime/graph/builder.h"
#include "runtime/graph/text.h"

namespace raddle::graph {
namespace {

constexpr char kHead[] =
    "raddle-graph 1\n"
    "input ids I32 [4]\n"
    "input weights F32 [4]\n"
    "input scale F32 [1]\n"
    "parameter table F32 [5, 6] normal(0.1)\n";

Status read(const std::string& lines) { return parse_text(kHead + lines).status(); }

void expect_refused(const std::string& lines, const char* part) {
  const Status status = read(lines);
  EXPECT_EQ(status.code(), Code::kInvalidArgument) << lines << status.to_string();
  EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
}

TEST(Verify, GradientsBelongToDifferentiatedGraphs) {
  const std::string node =
      "x = embedding(table, ids)\n"
      "g:table = embedding_grad(x, ids)\n";
  EXPECT_TRUE(read(node + "differentiated\n").is_ok());
  expect_refused(node, "node 1 (embedding_grad): dtable (g) is a gradient in a graph that is not");
  expect_refused("phase backward\nx = embedding(table, ids)\n", "phase is backward");
  expect_refused(
      "phase backward\nx = embedding(table, ids)\nphase forward\ny = gelu(x)\n"
      "differentiated\n",
      "node 1 (gelu): its phase is forward, after");
}

TEST(Verify, AGradientHasTheShapeOfItsParameter) {
  expect_refused(
      "parameter tiny F32 [1]\nx = embedding(table, ids)\n"
      "g:tiny = linear_grad_weight(x, x)\ndifferentiated\n",
      "dweight is the gradient of tiny with shape [1], expected [6, 6]");
  expect_refused(
      "parameter wide F32 [5, 7]\nx = embedding(table, ids)\n"
      "g:wide = embedding_grad(x, ids)\ndifferentiated\n",
      "dtable is the gradient of wide with shape [5, 7], expected [vocab, 6]");
  expect_refused("x = embedding(table, ids)\n_ = embedding_grad(x, ids)\ndifferentiated\n",
                 "dtable is missing");
  expect_refused("x = embedding(table, ids)\ng:x = embedding_grad(x, ids)\ndifferentiated\n",
                 "does not name a parameter");
}

TEST(Verify, OneNodeAddsToAGradientOnce) {
  Builder b;
  const TensorId ids = b.input("ids", DType::kI32, {4});
  const TensorId weights = b.input("weights", DType::kF32, {4});
  const TensorId scale = b.input("scale", DType::kF32, {1});
  const TensorId table = b.parameter("table", {5, 12}, Init::normal(0.1));
  const TensorId norm = b.parameter("norm", {4}, Init::ones());
  TensorId x = b.op(OpKind::kEmbedding, {table, ids});
  x = b.op(OpKind::kHeadNorm, {x, norm, norm},
           {{"heads", 1}, {"kv_heads", 1}, {"head_dim", 4}, {"eps", 1e-5}});
  b.add_loss(b.op(OpKind::kLinearCrossEntropy, {x, table, ids, weights, scale}));
  const Status status = differentiate(b.finish().value()).status();
  EXPECT_EQ(status.code(), Code::kUnimplemented);
  EXPECT_NE(status.message().find("both the gradient of norm"), std::string::npos)
      << status.message();
}

TEST(Verify, CachesAreWrittenOnceAndNothingElseIs) {
  const std::string caches =
      "cache k F32 [9, 2]\ncache v F32 [9, 2]\ncache small F32 [3, 2]\ncache small2 F32 [3, 2]\n"
      "input at I32 [1]\nx = embedding(table, ids)\nr = reshape(k) {rows=9, width=2}\n";
  const auto node = [&](const std::string& k, const std::string& v) {
    return caches + "y = attention_cached(x, at, " + k + ", " + v +
           ") {heads=1, kv_heads=1, head_dim=2, scale=1}\n";
  };
  EXPECT_TRUE(read(node("k", "v")).is_ok());
  EXPECT_TRUE(read(node("r", "v")).is_ok());
  expect_refused(node("k", "k"), "k_cache is written and is the same memory as v_cache (k)");
  expect_refused(node("r", "k"), "same memory");
  expect_refused(node("small", "small2"), "capacity is 3, expected at least rows = 4");
}

TEST(Verify, IndicesComeFromInputs) {
  expect_refused("cache held I32 [4]\nx = embedding(table, held)\n",
                 "ids (held) holds indices, expected an input");
}

TEST(Verify, LossesAndOutputsAreMadeByNodes) {
  expect_refused("loss scale 1\n", "expected one F32 element that a node makes");
  expect_refused("parameter one F32 [1]\nloss one 1\n", "that a node makes");
  expect_refused("input one I32 [1]\nloss one 1\n", "that a node makes");
  expect_refused("output table\n", "output table is a parameter");
  expect_refused("parameter p F32 [2, 2]\nx = reshape(p) {rows=1, width=4}\noutput x\n",
                 "output x is a parameter");
  const std::string loss =
      "x = embedding(table, ids)\n"
      "l = linear_cross_entropy(x, table, ids, weights, scale)\nloss l 1\n";
  EXPECT_TRUE(read(loss).is_ok());
  expect_refused(loss + "loss l 2\n", "there already");
  for (const char* bad : {"nan", "inf", "1e39", "-1e300"}) {
    expect_refused(loss.substr(0, loss.size() - 2) + bad + "\n", "coefficient");
  }
}

TEST(Verify, SizesStayWithinReason) {
  expect_refused("input a F32 [2147483648]\n", "2^31 - 1");
  expect_refused("input a F32 [0]\n", "expected 1 to");
  expect_refused("parameter a F32 [4, 0, 2]\n", "expected 1 to");
  expect_refused("cache a F32 [9223372036854775807]\n", "2^31 - 1");
  expect_refused("input a F32 [1048576, 1048576, 2]\n", "2^40");
  expect_refused("input a F32 [1, 1, 1, 1, 1]\n", "more than 4 dimensions");
  // Each of these is within its limit; the product is not.
  expect_refused("input a F32 [2000000, 1]\nparameter b F32 [2000000, 1]\nx = linear(a, b)\n",
                 "2^40");
  std::string many;
  for (int i = 0; i < 17; ++i) many += fmt::format("input a{} F32 [1048576, 1048576]\n", i);
  expect_refused(many, "2^44");
  // What a loss of 2^31 classes would need is refused by a number, not by a crash.
  expect_refused("input a F32 [4, 1073741824]\nx = concat(a, a)\n", "dimension of 2147483648");
}

TEST(Verify, StartsMustSuitTheirShape) {
  for (const char* init : {"normal(0.1,7)", "normal(nan)", "constant(inf)", "constant(1e39)",
                           "hyper_connection(0)", "hyper_connection(1)", "hyper_connection(9)"}) {
    expect_refused("parameter a F32 [5, 6] " + std::string(init) + "\n", "init ");
  }
  for (const char* init : {"stacked_identity", "residue_average", "hyper_connection(1)"}) {
    expect_refused("parameter a F32 [6] " + std::string(init) + "\n", "init ");
  }
  EXPECT_TRUE(read("parameter a F32 [4, 8] hyper_connection(2)\n").is_ok());
  EXPECT_TRUE(read("parameter a F32 [4, 6] normal(0.1,6)\n").is_ok());
}

TEST(Verify, TextsSayEachThingOnce) {
  expect_refused("x = scale(weights) {scale=1, scale=2}\n", "given twice");
  expect_refused("x = scale(weights) {scale=1} 2\n", "nothing else");
  expect_refused("x = gelu(weights) scale=1\n", "nothing else");
  expect_refused("weights = gelu(weights)\n", "already has a tensor called weights");
  expect_refused("x = add(x, weights)\n", "nothing before this line makes x");
  expect_refused("x, y = gelu(weights)\n", "makes 1 tensors, the line names 2");
}

TEST(Verify, NamesInMessagesArePlain) {
  Builder b;
  b.input(std::string("a\033[31m\n\0b\xff", 10), DType::kF32, {1});
  const std::string message = b.finish().status().message();
  EXPECT_NE(message.find("a\\x1b[31m\\x0a\\x00b\\xff"), std::string::npos) << message;
  Builder longer;
  longer.input(std::string(1 << 20, 'x'), DType::kF32, {1});
  EXPECT_LT(longer.finish().status().message().size(), 300u);
  for (const char* bad : {"", "_", "a b", "a:b", "a,b", "(", "\xc3\xa9"}) {
    Builder one;
    one.input(bad, DType::kF32, {1});
    EXPECT_EQ(one.finish().status().code(), Code::kInvalidArgument) << bad;
  }
}

// A gradient that no op takes to its parameter must not be lost in silence.
TEST(Autodiff, RefusesParametersUsedAsActivations) {
  const std::string loss = "l = linear_cross_entropy(y, table, ids, weights, scale)\nloss l 1\n";
  const auto differentiated = [&](const std::string& lines) {
    return differentiate(parse_text(kHead + lines + loss).value()).status();
  };
  EXPECT_TRUE(differentiated("y = embedding(table, ids)\n").is_ok());
  for (const char* lines : {"parameter p F32 [4, 6]\nx = embedding(table, ids)\ny = add(x, p)\n",
                            "parameter p F32 [6, 6]\nx = embedding(table, ids)\nz = linear(x, p)\n"
                            "q = linear(p, p)\nr = linear(z, q)\ny = gelu(z)\n",
                            "parameter p F32 [4, 6]\ny = gelu(p)\n"}) {
    const Status status = differentiated(lines);
    const bool unused_branch = std::string(lines).find("q = ") != std::string::npos;
    EXPECT_EQ(status.is_ok(), unused_branch) << lines;
    if (!unused_branch) {
      EXPECT_NE(status.message().find("parameter p"), std::string::npos) << status.message();
    }
  }
  EXPECT_EQ(
      differentiate(parse_text(std::string(kHead) + "x = embedding(table, ids)\n"
                                                    "n, s = rms_norm(x, _) {eps=1}\n"
                                                    "o = reshape(scale) {rows=1, width=1}\n"
                                                    "m, one = rms_norm(o, _) {eps=1}\nloss one 1\n")
                        .value())
          .status()
          .code(),
      Code::kUnimplemented);
}

TEST(Autodiff, RecomputesChainsOfAnyLength) {
  Builder b;
  const TensorId ids = b.input("ids", DType::kI32, {4});
  const TensorId weights = b.input("weights", DType::kF32, {4});
  const TensorId scale = b.input("scale", DType::kF32, {1});
  const TensorId table = b.parameter("table", {5, 6}, Init::normal(0.1));
  TensorId x = b.op(OpKind::kEmbedding, {table, ids});
  b.set_block(0);
  constexpr int kLength = 50000;
  for (int i = 0; i < kLength; ++i) x = b.op(OpKind::kGelu, {x});
  b.set_block(-1);
  b.add_loss(b.op(OpKind::kLinearCrossEntropy, {x, table, ids, weights, scale}));
  const Graph graph = b.finish().value();
  const StatusOr<Graph> both = differentiate(graph, {.recompute_blocks = true});
  ASSERT_TRUE(both.is_ok()) << both.status().to_string();
  EXPECT_GT(both->nodes().size(), 3u * kLength - 10);
}

}  // namespace
}  // namespace raddle::graph
