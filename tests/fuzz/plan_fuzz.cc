// SPDX-License-Identifier: Apache-2.0
// Graph texts all the way into memory: read, differentiated, planned, run, on values that the
// checks let through. Nothing that gets past a check may touch memory that is not its own (built
// with the address sanitizer), and what the planner makes must hold together.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <memory>

#include "runtime/base/hash.h"
#include "runtime/exec/open_device.h"
#include "runtime/exec/state_store.h"
#include "runtime/exec/step_executor.h"
#include "runtime/graph/autodiff.h"
#include "runtime/graph/shape_inference.h"
#include "runtime/graph/text.h"
#include "runtime/models/build_model.h"
#include "runtime/plan/planner.h"
#include "runtime/plan/verify_program.h"
#include "runtime/session/input_check.h"
#include "tests/support/graph_mutator.h"
#include "tests/support/model_cases.h"
#include "tests/support/op_case.h"
#include "tests/support/small_graphs.h"
#include "tests/support/spread_program.h"

namespace raddle {
namespace {

using graph::Graph;
using session::InputCheck;
using session::InputView;

constexpr int64_t kRows = 8;

// Every op by itself, small models by hand, and the ready-made ones in every mode.
std::vector<std::string> corpus() {
  std::vector<std::string> texts;
  const auto add = [&](const Graph& graph) {
    texts.push_back(graph::to_text(graph));
    if (graph.losses().empty() || graph.is_differentiated()) return;
    for (const bool recompute : {false, true}) {
      texts.push_back(
          graph::to_text(graph::differentiate(graph, {.recompute_blocks = recompute}).value()));
    }
  };
  for (const graph::OpInfo& op : graph::all_ops()) {
    const test::OpCase one = test::make_op_case(op);
    texts.push_back(one.text());
    if (one.attributes.contains("dynamic")) texts.push_back(test::make_op_case(op, false).text());
  }
  add(test::small_graph({}));
  add(test::small_graph({2, 4}));
  add(test::small_graph({2, 4, false}));
  add(test::small_graph({2, 3, true, false}));
  using models::Family;
  using models::find_family;
  for (const Family* family : models::families()) {
    models::ModelConfig model = models::tiny_model(family);
    model.layers = 1;
    if (family == find_family("llama")) model.virtual_width = {4, 8};
    model.mtp_heads = family == find_family("gpt2") ? 0 : 1;
    add(models::build_model(model, {models::GraphMode::kLoss, kRows, 0}).value());
    add(models::build_model(model, {models::GraphMode::kDecode, kRows, 2 * kRows}).value());
  }
  return texts;
}

// Values for the inputs of a graph: what the table of ops says they may be.
class Values {
 public:
  Values(const Graph& graph, RandomStream& draws) {
    for (const graph::Tensor& tensor : graph.tensors()) {
      if (tensor.kind != graph::TensorKind::kInput) continue;
      const size_t bytes = static_cast<size_t>(tensor.shape.elements()) * dtype_bytes(tensor.dtype);
      memory_.emplace_back(new std::byte[bytes]());
      views.push_back({tensor.name, tensor.dtype, tensor.shape, memory_.back().get()});
      if (tensor.dtype == DType::kF32) fill_real(draws);
      if (tensor.dtype == DType::kI32) fill_integers(graph, draws);
    }
  }
  // One element, of any input, becomes something else.
  void damage(RandomStream& draws) {
    static constexpr int32_t kNumbers[] = {-1,
                                           0,
                                           1,
                                           2,
                                           3,
                                           4,
                                           5,
                                           7,
                                           8,
                                           12,
                                           19,
                                           64,
                                           4096,
                                           std::numeric_limits<int32_t>::max(),
                                           std::numeric_limits<int32_t>::min(),
                                           0x7fc00000};
    if (views.empty()) return;
    const size_t input = draws.below(views.size());
    const auto elements = static_cast<uint64_t>(views[input].shape.elements());
    if (dtype_bytes(views[input].dtype) != 4) return;
    const int32_t value = kNumbers[draws.below(std::size(kNumbers))];
    std::memcpy(memory_[input].get() + 4 * draws.below(elements), &value, 4);
  }

  std::vector<InputView> views;

 private:
  void fill_real(RandomStream& draws) {
    auto* values = reinterpret_cast<float*>(memory_.back().get());
    for (int64_t i = 0; i < views.back().shape.elements(); ++i) {
      values[i] = static_cast<float>(draws.unit() * 2 - 0.5);
    }
  }
  void fill_integers(const Graph& graph, RandomStream& draws) {
    int64_t most = std::numeric_limits<int32_t>::max();
    bool rising = false;
    for (const graph::Node& node : graph.nodes()) {
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (!node.inputs[i].present() || graph.tensor(node.inputs[i]).name != views.back().name) {
          continue;
        }
        const graph::Domain domain = graph::input_domain(graph, node, i);
        most = std::min(most, domain.most);
        rising = rising || domain.values == graph::Values::kRising;
      }
    }
    auto* values = reinterpret_cast<int32_t*>(memory_.back().get());
    int32_t last = 0;
    for (int64_t i = rising ? 1 : 0; i < views.back().shape.elements(); ++i) {
      values[i] = static_cast<int32_t>(draws.below(static_cast<uint64_t>(most) + 1));
      if (rising) values[i] = last = std::max(last, values[i]);
    }
  }
  std::vector<std::unique_ptr<std::byte[]>> memory_;
};

class Runner {
 public:
  // How far a text got.
  int read = 0, planned = 0, ran = 0, refused_values = 0;

  void run(const std::string& text) {
    RandomStream draws(hash_text(text), 1);
    auto graph = graph::parse_text(text);
    if (!graph.is_ok()) {
      EXPECT_EQ(graph.status().code(), Code::kInvalidArgument) << graph.status().to_string();
      return;
    }
    ++read;
    if (!graph->is_differentiated() && !graph->losses().empty()) {
      auto both = graph::differentiate(*graph, {.recompute_blocks = draws.below(2) == 0});
      test::expect_clean(both.status());
      if (both.is_ok()) plan_and_run(std::move(both).value(), draws);
    }
    plan_and_run(std::move(graph).value(), draws);
  }

 private:
  void plan_and_run(Graph graph, RandomStream& draws) {
    plan::PlanOptions options;
    options.with_update = graph.is_differentiated();
    options.state.compute_copies = draws.below(2) == 0;
    options.memory_limit_bytes = 2 << 20;
    if (draws.below(3) == 0) options.disabled_kernels = {"*:cpu", "*:onednn", "*:openblas"};
    auto program = plan::plan_program(std::move(graph), caps_, options);
    test::expect_clean(program.status());
    if (!program.is_ok()) return;
    ++planned;
    const Status sound = plan::verify_program(*program);
    EXPECT_TRUE(sound.is_ok()) << sound.to_string() << "\n" << graph::to_text(program->graph);
    // What fits may still take long: attention is of the square of its rows.
    for (const graph::Tensor& tensor : program->graph.tensors()) {
      if (tensor.shape.rows() > 1024) return;
    }
    execute(*program, draws);
  }

  // A program with a state of its own.
  struct Bound {
    std::unique_ptr<exec::StateStore> store;
    std::unique_ptr<exec::StepExecutor> executor;
  };
  Bound bind(const plan::Program& program) {
    Bound bound;
    bound.store = std::make_unique<exec::StateStore>(
        exec::StateStore::create(program.graph, program.state, *device_).value());
    EXPECT_TRUE(exec::initialize(*bound.store, 7, device_->pool()).is_ok());
    bound.executor = exec::StepExecutor::create(program, *bound.store, 0.1f, *device_).value();
    return bound;
  }

  void execute(const plan::Program& program, RandomStream& draws) {
    std::vector<test::Gap> gaps;
    const plan::Program apart = test::spread(program, &gaps);
    Bound packed = bind(program), spread = bind(apart);
    const test::PoisonedGaps poisoned(*spread.executor, std::move(gaps), *spread.store);
    const InputCheck check(program.graph);
    Values values(program.graph, draws);
    for (int i = 0; i < 4; ++i) {
      if (i > 0) values.damage(draws);
      const Status status = check.run(values.views);
      test::expect_clean(status);
      refused_values += !status.is_ok();
      if (!status.is_ok()) continue;
      step(*packed.executor, program, values);
      step(*spread.executor, apart, values);
      compare(program, packed, spread);
      ++ran;
    }
  }

  static std::vector<std::byte> bytes_of(exec::StepExecutor& executor, const std::string& name) {
    const exec::Port port = executor.port(name);
    std::vector<std::byte> bytes(port.bytes());
    EXPECT_TRUE(executor.read(port, std::span(bytes)).is_ok());
    return bytes;
  }

  // What lies where makes no difference.
  static void compare(const plan::Program& program, Bound& packed, Bound& spread) {
    for (const graph::TensorId id : program.graph.outputs()) {
      const std::string& name = program.graph.tensor(id).name;
      EXPECT_EQ(bytes_of(*packed.executor, name), bytes_of(*spread.executor, name)) << name;
    }
    for (size_t i = 0; i < packed.store->parameters().size(); ++i) {
      const auto p = static_cast<int32_t>(i);
      const auto a = packed.store->values(p, exec::Role::kMaster);
      const auto b = spread.store->values(p, exec::Role::kMaster);
      EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size_bytes()), 0)
          << packed.store->parameters()[i].name;
    }
  }

  void step(exec::StepExecutor& executor, const plan::Program& program, const Values& values) {
    for (const InputView& view : values.views) {
      const exec::Port port = executor.port(view.name);
      const std::span bytes(static_cast<const std::byte*>(view.data), port.bytes());
      ASSERT_TRUE(executor.write(port, bytes).is_ok());
    }
    for (const bool first : {true, false}) {
      const Status status = executor.run_micro_batch(first);
      ASSERT_TRUE(status.is_ok()) << status.to_string();
    }
    if (!program.graph.is_differentiated()) return;
    kernels::StepScalars scalars{};
    scalars.learning_rate = 1e-3f;
    scalars.beta1 = scalars.beta2 = 0.9f;
    scalars.bias_correction1 = scalars.bias_correction2 = 0.1f;
    scalars.eps = 1e-8f;
    scalars.max_norm = 1;
    const Status status = executor.run_update(scalars);
    ASSERT_TRUE(status.is_ok()) << status.to_string();
  }

  std::unique_ptr<device::Device> device_ = exec::open_device({.threads = 1}).value();
  const device::DeviceCaps& caps_ = device_->caps();
};

TEST(Fuzz, GraphsPlanAndRun) {
  const std::vector<std::string> texts = corpus();
  Runner runner;
  for (const std::string& text : texts) {
    runner.run(text);
    ASSERT_FALSE(HasFailure()) << text;
  }
  EXPECT_EQ(runner.read, static_cast<int>(texts.size())) << "an undamaged text was refused";
  EXPECT_GE(runner.planned, runner.read);
  EXPECT_GE(runner.ran, runner.planned);
  test::fuzz(
      texts, 1500,
      [&](const std::string& text) {
        runner.run(text);
        EXPECT_FALSE(::testing::Test::HasFailure()) << text;
      },
      test::GraphMutator());
  EXPECT_GT(runner.refused_values, 0);
  RecordProperty("read", runner.read);
  RecordProperty("planned", runner.planned);
  RecordProperty("ran", runner.ran);
}

}  // namespace
}  // namespace raddle
