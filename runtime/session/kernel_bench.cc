// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/kernel_bench.h"

#include <algorithm>
#include <map>

#include "runtime/base/clock.h"
#include "runtime/base/random.h"
#include "runtime/graph/builder.h"
#include "runtime/plan/planner.h"
#include "runtime/session/batch_inputs.h"
#include "runtime/session/model_of.h"
#include "runtime/session/planned_device.h"
#include "runtime/session/planned_program.h"
#include "runtime/session/session.h"

namespace raddle::session {
namespace {

using graph::OpKind;
using plan::Instruction;
using plan::Program;

constexpr int64_t kDefaultRepeats = 20;

// Everything that a step needs, and nothing around it.
struct Bench {
  std::unique_ptr<device::Device> device;
  Program program;
  std::optional<exec::StateStore> store;
  std::unique_ptr<exec::StepExecutor> executor;
};

StatusOr<std::unique_ptr<Bench>> make_bench(Program program, const config::Config& config) {
  auto bench = std::make_unique<Bench>();
  RADDLE_ASSIGN_OR_RETURN(bench->device, open_device(config));
  bench->program = std::move(program);
  RADDLE_ASSIGN_OR_RETURN(
      bench->store,
      exec::StateStore::create(bench->program.graph, bench->program.state, *bench->device));
  RADDLE_RETURN_IF_ERROR(exec::initialize(*bench->store, 1, bench->device->pool()));
  RADDLE_ASSIGN_OR_RETURN(bench->executor, exec::StepExecutor::create(bench->program, *bench->store,
                                                                      0, *bench->device));
  return bench;
}

// One step on random tokens, so that every buffer holds what it would.
Status run_once(Bench& bench, const StepBenchOptions& options, int64_t vocab) {
  data::Batch batch(options.batch * options.sequence);
  RandomStream random(1, 0);
  for (int32_t& token : batch.tokens) {
    token = static_cast<int32_t>(random.below(static_cast<uint64_t>(vocab)));
  }
  for (int64_t i = 0; i < batch.capacity() + 1; ++i) {
    batch.cu_seqlens[static_cast<size_t>(i)] =
        static_cast<int32_t>(std::min(i, options.batch) * options.sequence);
  }
  RADDLE_RETURN_IF_ERROR(data::fill_targets(batch));
  RADDLE_RETURN_IF_ERROR(BatchInputs(*bench.executor).fill(batch, batch.weight_sum));
  RADDLE_RETURN_IF_ERROR(bench.executor->run_micro_batch(true));
  kernels::StepScalars scalars{};
  scalars.learning_rate = 1e-6f;
  scalars.bias_correction1 = scalars.bias_correction2 = 1;
  RADDLE_RETURN_IF_ERROR(bench.executor->run_update(scalars));
  return bench.executor->finish();
}

double bytes_of(const Program& program, const Instruction& instruction) {
  double bytes = 0;
  for (const plan::Use& use : instruction.uses) {
    if (use.buffer == instruction.scratch) continue;
    const bool twice =
        use.access == plan::Access::kUpdate || use.access == plan::Access::kAccumulate;
    bytes += static_cast<double>(program.buffer(use.buffer).bytes) * (twice ? 2 : 1);
  }
  return bytes;
}

// Multiplications and additions of products; of attention, those below the diagonal.
double flops_of(const Program& program, const Instruction& instruction, int64_t sequence) {
  if (instruction.part != plan::Part::kNode) return 0;
  const graph::Node& node = program.graph.nodes()[static_cast<size_t>(instruction.index)];
  const auto shape = [&](size_t i) { return program.graph.tensor(node.inputs[i]).shape; };
  const auto product = [](int64_t a, int64_t b, int64_t c) {
    return 2.0 * static_cast<double>(a) * static_cast<double>(b) * static_cast<double>(c);
  };
  switch (node.op) {
    case OpKind::kLinear:  // x (rows, in), weight (out, in)
      return product(shape(0).rows(), shape(1)[0], shape(1)[1]);
    case OpKind::kLinearGradInput:  // dy (rows, out), weight (out, in)
      return product(shape(0).rows(), shape(1)[0], shape(1)[1]);
    case OpKind::kLinearGradWeight:  // dy (rows, out), x (rows, in)
      return product(shape(0).rows(), shape(0).last(), shape(1).last());
    case OpKind::kLinearCrossEntropyTrain:  // x (rows, in), weight (vocab, in)
      return 3 * product(shape(0).rows(), shape(1)[0], shape(1)[1]);
    case OpKind::kAttention: {
      const Shape out = program.graph.tensor(node.outputs[0]).shape;
      return product(out.rows(), out.last(), sequence);  // q k and p v, half of each
    }
    case OpKind::kAttentionGrad:
      return 2.5 * product(shape(0).rows(), shape(0).last(), sequence);
    default:
      return 0;
  }
}

StatusOr<std::vector<KernelTime>> time_kernels(Bench& bench, const StepBenchOptions& options,
                                               StopToken* stop) {
  const int64_t repeats = options.steps == 0 ? kDefaultRepeats : options.steps;
  std::map<std::string, KernelTime> by_kernel;
  for (size_t i = 0; i < bench.program.instructions.size(); ++i) {
    const Instruction& instruction = bench.program.instructions[i];
    if (instruction.action != plan::Action::kKernel) continue;
    RADDLE_RETURN_IF_ERROR(check_stop(stop, "measuring"));
    RADDLE_ASSIGN_OR_RETURN(const int64_t ns, bench.executor->time_instruction(i, repeats));
    KernelTime& time = by_kernel[instruction.kernel_name];
    time.kernel = instruction.kernel_name;
    ++time.count;
    time.ms += 1e-6 * static_cast<double>(ns);
    time.bytes += bytes_of(bench.program, instruction);
    time.flops += flops_of(bench.program, instruction, options.sequence);
  }
  std::vector<KernelTime> times;
  for (auto& [name, time] : by_kernel) times.push_back(std::move(time));
  std::sort(times.begin(), times.end(),
            [](const KernelTime& a, const KernelTime& b) { return a.ms > b.ms; });
  return times;
}

StatusOr<double> copy_rate(device::Device& device) {
  constexpr size_t kBytes = size_t{1} << 28;
  constexpr int kRepeats = 10;
  RADDLE_ASSIGN_OR_RETURN(const auto from, device.allocate(device::MemoryKind::kDevice, kBytes));
  RADDLE_ASSIGN_OR_RETURN(const auto to, device.allocate(device::MemoryKind::kDevice, kBytes));
  RADDLE_ASSIGN_OR_RETURN(const auto stream, device.make_stream());
  int64_t begin = 0;
  for (int i = 0; i <= kRepeats; ++i) {
    RADDLE_RETURN_IF_ERROR(stream->copy(to.address(), from.address(), kBytes));
    if (i > 0) continue;  // the first is not counted
    RADDLE_RETURN_IF_ERROR(stream->finish(nullptr, 0));
    begin = now_ns();
  }
  RADDLE_RETURN_IF_ERROR(stream->finish(nullptr, 0));
  return 2.0 * kRepeats * static_cast<double>(kBytes) / static_cast<double>(now_ns() - begin);
}

StatusOr<double> product_rate(const config::Config& config, const device::DeviceCaps& caps,
                              int64_t repeats) {
  constexpr int64_t kSize = 4096;
  const DType precision = models::precision_from(config);
  graph::Builder builder;
  builder.set_precision(precision);
  const auto x = builder.input("x", precision, {kSize, kSize});
  const auto w = builder.parameter("w", {kSize, kSize}, graph::Init::normal(1));
  builder.add_output(builder.op(OpKind::kLinear, {x, w}));
  RADDLE_ASSIGN_OR_RETURN(graph::Graph graph, builder.finish());
  RADDLE_ASSIGN_OR_RETURN(
      Program program,
      plan::plan_program(std::move(graph), caps, plan_options_from(config, false, false)));
  RADDLE_ASSIGN_OR_RETURN(const auto bench, make_bench(std::move(program), config));
  for (size_t i = 0; i < bench->program.instructions.size(); ++i) {
    if (bench->program.instructions[i].action != plan::Action::kKernel) continue;
    RADDLE_ASSIGN_OR_RETURN(const int64_t ns, bench->executor->time_instruction(i, repeats));
    return 2e-3 * static_cast<double>(kSize * kSize * kSize) / static_cast<double>(ns);
  }
  return internal_error("the product has no kernel");
}

}  // namespace

StatusOr<KernelBench> bench_kernels(const config::Config& given, const StepBenchOptions& options,
                                    StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const config::Config config, step_bench_config(given, options));
  RADDLE_ASSIGN_OR_RETURN(Program program, plan_training(config, nullptr));
  RADDLE_ASSIGN_OR_RETURN(const auto model, model_of(config));
  RADDLE_ASSIGN_OR_RETURN(const auto bench, make_bench(std::move(program), config));
  RADDLE_RETURN_IF_ERROR(run_once(*bench, options, model.vocab_size));
  KernelBench result;
  result.device = bench->device->caps().name;
  RADDLE_ASSIGN_OR_RETURN(result.kernels, time_kernels(*bench, options, stop));
  RADDLE_ASSIGN_OR_RETURN(result.copy_gb_per_second, copy_rate(*bench->device));
  RADDLE_ASSIGN_OR_RETURN(result.product_tflops, product_rate(config, bench->device->caps(), 5));
  return result;
}

}  // namespace raddle::session
