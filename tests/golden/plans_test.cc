// SPDX-License-Identifier: Apache-2.0
// Plans of one-layer models for devices that are written down here, so that they are the same on
// any machine: which kernel runs what, in which order, on which bytes; what better kernels said.
#include <gtest/gtest.h>

#include "runtime/graph/autodiff.h"
#include "runtime/models/build_model.h"
#include "runtime/plan/explain.h"
#include "runtime/plan/planner.h"
#include "runtime/plan/verify_program.h"
#include "tests/support/golden.h"
#include "tests/support/model_cases.h"

namespace raddle::plan {
namespace {

using models::Family;
using models::find_family;
using models::GraphMode;
using models::ModelConfig;

device::DeviceCaps two_avx2_cores() {
  device::DeviceCaps caps;
  caps.name = "two cores with AVX2";
  caps.threads = 2;
  caps.has_avx2 = true;
  caps.matrix_library = device::MatrixLibrary::kOneDnn;
  caps.matrix_library_name = "oneDNN";
  return caps;
}

device::DeviceCaps memory_of_its_own() {
  device::DeviceCaps caps;
  caps.kind = device::Kind::kGuarded;
  caps.name = "a device with memory of its own";
  caps.threads = 2;
  caps.host_memory = false;
  caps.buffer_alignment = 4096;
  return caps;
}

std::string plan(const ModelConfig& model, GraphMode mode, const device::DeviceCaps& caps) {
  graph::Graph graph = models::build_model(model, {mode, 8, 16}).value();
  const bool train = mode == GraphMode::kLoss;
  if (train) graph = graph::differentiate(graph, {}).value();
  const auto program = plan_program(std::move(graph), caps, {.with_update = train});
  EXPECT_TRUE(program.is_ok()) << program.status().to_string();
  const Status sound = verify_program(*program);
  EXPECT_TRUE(sound.is_ok()) << sound.to_string();
  return explain(*program);
}

ModelConfig one_layer(const Family* family, bool wide) {
  ModelConfig model = models::tiny_model(family);
  model.layers = 1;
  if (wide) model.virtual_width = {4, 8};
  return model;
}

TEST(Plan, IsAsCommitted) {
  const ModelConfig gpt2 = one_layer(find_family("gpt2"), false),
                    wide = one_layer(find_family("llama"), true);
  const ModelConfig qwen3 = one_layer(find_family("qwen3"), false);
  test::expect_golden("plans/gpt2_train_cpu.txt", plan(gpt2, GraphMode::kLoss, two_avx2_cores()));
  test::expect_golden("plans/llama_vw_train_cpu.txt",
                      plan(wide, GraphMode::kLoss, two_avx2_cores()));
  test::expect_golden("plans/llama_vw_train_apart.txt",
                      plan(wide, GraphMode::kLoss, memory_of_its_own()));
  ModelConfig narrow = wide;
  narrow.precision = DType::kBF16;
  test::expect_golden("plans/llama_vw_train_bf16.txt",
                      plan(narrow, GraphMode::kLoss, memory_of_its_own()));
  test::expect_golden("plans/qwen3_decode_cpu.txt",
                      plan(qwen3, GraphMode::kDecode, two_avx2_cores()));
}

}  // namespace
}  // namespace raddle::plan
