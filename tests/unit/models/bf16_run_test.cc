// SPDX-License-Identifier: Apache-2.0
// Models whose graphs are of BF16: how far losses and gradients are from those of F32, what stays
// exact, and that the plan is sound.
#include <gtest/gtest.h>

#include <cmath>

#include "runtime/base/bf16.h"
#include "runtime/graph/text.h"
#include "runtime/models/build_model.h"
#include "runtime/plan/verify_program.h"
#include "tests/support/graph_runner.h"
#include "tests/support/model_batch.h"
#include "tests/support/model_cases.h"

namespace raddle::models {
namespace {

using test::GraphRunner;
using test::kBatchRows;

ModelConfig in_bf16(ModelConfig model) {
  model.precision = DType::kBF16;
  return model;
}

GraphRunner bf16_runner(const ModelConfig& model, GraphMode mode,
                        GraphRunner::Options options = {}) {
  const auto graph = build_model(model, {mode, kBatchRows, kBatchRows});
  EXPECT_TRUE(graph.is_ok()) << graph.status().to_string();
  options.train = mode == GraphMode::kLoss;
  return GraphRunner(*graph, options);
}

// Runs a training micro-batch.
GraphRunner trained(const ModelConfig& model, GraphRunner::Options options = {}) {
  GraphRunner run = bf16_runner(model, GraphMode::kLoss, options);
  test::set_model_batch(&run, true, model.mtp_heads > 0);
  const Status status = run.executor().run_micro_batch(true);
  EXPECT_TRUE(status.is_ok()) << status.to_string();
  return run;
}

struct Angle {
  double cosine, ratio;  // of the sizes
};
Angle between(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += double{a[i]} * double{b[i]};
    aa += double{a[i]} * double{a[i]};
    bb += double{b[i]} * double{b[i]};
  }
  return {ab / std::sqrt(aa * bb), std::sqrt(aa / bb)};
}

// Each activation is rounded once, by up to 2^-9 of itself, and some tens of roundings lie between
// a parameter and the loss: the whole gradient turns by a few percent at most.
TEST(Bf16Run, LossAndGradientAreNearThoseOfF32) {
  for (const ModelCase& test : model_cases()) {
    SCOPED_TRACE(test.name);
    GraphRunner exact = trained(test.model), narrow = trained(in_bf16(test.model));
    EXPECT_NEAR(narrow.loss(), exact.loss(), 2e-3 * exact.loss());
    EXPECT_NE(narrow.loss(), exact.loss());
    std::vector<float> a, b;
    for (size_t p = 0; p < exact.store().parameters().size(); ++p) {
      for (auto& [run, all] : {std::pair{&narrow, &a}, std::pair{&exact, &b}}) {
        const std::vector<float> one = run->gradient(static_cast<int32_t>(p));
        all->insert(all->end(), one.begin(), one.end());
      }
    }
    const Angle angle = between(a, b);
    EXPECT_GT(angle.cosine, 0.999);
    EXPECT_NEAR(angle.ratio, 1, 0.01);
  }
}

TEST(Bf16Run, EveryModeHasASoundPlan) {
  for (const ModelCase& test : model_cases()) {
    for (const GraphMode mode : {GraphMode::kLoss, GraphMode::kLogits, GraphMode::kDecode}) {
      for (const char* device : {"cpu", "guarded"}) {
        GraphRunner run = bf16_runner(in_bf16(test.model), mode, {.device = device});
        const Status sound = plan::verify_program(run.program());
        EXPECT_TRUE(sound.is_ok()) << test.name << ": " << sound.to_string();
      }
    }
  }
}

// What lies apart from the host has the bits of the same kernels beside it.
TEST(Bf16Run, TheGuardedDeviceHasTheSameBits) {
  ModelConfig model = in_bf16(tiny_model(find_family("llama")));
  model.virtual_width = {4, 8};
  GraphRunner cpu = trained(model), guarded = trained(model, {.device = "guarded"});
  EXPECT_EQ(cpu.loss(), guarded.loss());
  for (size_t p = 0; p < cpu.store().parameters().size(); ++p) {
    EXPECT_EQ(cpu.gradient(static_cast<int32_t>(p)), guarded.gradient(static_cast<int32_t>(p)));
  }
}

// Products and tables read copies; norms and sites of virtual width read what is kept.
TEST(Bf16Run, OnlyWhatProductsReadIsACopy) {
  ModelConfig model = in_bf16(tiny_model(find_family("qwen3")));
  model.virtual_width = {2, 4};
  const GraphRunner run = bf16_runner(model, GraphMode::kLoss);
  int copies = 0, exact = 0;
  for (const plan::Instruction& instruction : run.program().instructions) {
    if (instruction.part != plan::Part::kNode || instruction.action != plan::Action::kKernel) {
      continue;
    }
    for (const plan::Use& use : instruction.uses) {
      const plan::Buffer& buffer = run.program().buffer(use.buffer);
      if (buffer.space != plan::Space::kState || use.access != plan::Access::kRead) continue;
      const bool is_matrix =
          buffer.name.ends_with(".weight") && buffer.name.find("norm") == std::string::npos;
      EXPECT_EQ(buffer.role == plan::Role::kCompute, is_matrix) << buffer.name;
      ++(is_matrix ? copies : exact);
    }
  }
  EXPECT_GT(copies, 10);
  EXPECT_GT(exact, 10);
}

// A view of a parameter is of the graph's precision, which the parameter is not.
TEST(Bf16Run, AReshapedParameterIsReadThroughItsCopy) {
  const auto graph = graph::parse_text(
      "raddle-graph 1\nprecision BF16\ninput x BF16 [3, 4]\nparameter w F32 [8, 2] normal(1)\n"
      "%0 = reshape(w) {rows=4, width=4}\ny = linear(x, %0)\noutput y\n");
  ASSERT_TRUE(graph.is_ok()) << graph.status().to_string();
  GraphRunner run(*graph, {.train = false});
  std::vector<uint16_t> x(12, 0);
  for (size_t i = 0; i < 3; ++i) x[4 * i + i] = 0x3f80;  // rows of the unit matrix
  run.set_input("x", x);
  ASSERT_TRUE(run.executor().run_micro_batch(true).is_ok());
  const std::vector<uint16_t> y = run.output<uint16_t>("y");
  const std::vector<float> w = run.values(0, plan::Role::kMaster);
  for (size_t row = 0; row < 3; ++row) {
    for (size_t out = 0; out < 4; ++out) {
      EXPECT_EQ(y[4 * row + out], f32_to_bf16(w[4 * out + row]));
    }
  }
}

}  // namespace
}  // namespace raddle::models
