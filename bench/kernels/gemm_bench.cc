// SPDX-License-Identifier: Apache-2.0
// raddle_gemm_bench [ROWS [ROUNDS [THREADS]]]: GFLOP/s of every matrix product of a GPT-2 124M
// step, by Raddle's tiles and by each library with its own threads. Every engine lives in a process
// of its own (thread pools in one process fight) and they take turns shape by shape, so that a slow
// minute of the machine hits all alike. Prints the median over rounds of each round's median.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/cpu/machine/gemm_yardstick.h"
#include "kernels/cpu/machine/instruction_sets.h"
#include "kernels/cpu/machine/machine_peaks.h"
#include "kernels/cpu/matrix/gemm.h"
#include "runtime/device/cpu/cpu_caps.h"
#include "runtime/device/cpu/worker_pool.h"
#include "runtime/device/memory.h"

namespace raddle::kernels {
namespace {

std::vector<GemmShape> gpt2_shapes(int64_t rows) {
  constexpr int64_t kLayers = 12;
  constexpr int64_t kSizes[][3] = {{768, 2304, kLayers},
                                   {768, 768, kLayers},
                                   {768, 3072, kLayers},
                                   {3072, 768, kLayers},
                                   {768, 50257, 1}};
  std::vector<GemmShape> shapes;
  for (const auto& [in, out, per_step] : kSizes) {
    for (const GemmPass pass : {GemmPass::kForward, GemmPass::kGradInput, GemmPass::kGradWeight}) {
      shapes.push_back({pass, rows, in, out, per_step});
    }
  }
  return shapes;
}

// Our tiles of each library come first in the table; the libraries after them are the yardstick.
constexpr std::pair<const char*, MatrixLibrary> kTiles[] = {
    {"tiles:onednn", MatrixLibrary::kOneDnn}, {"tiles:openblas", MatrixLibrary::kOpenBlas}};
constexpr size_t kOwnEngines = std::size(kTiles);

StatusOr<double> measure_here(const std::string& engine, int threads, const GemmShape& shape) {
  for (const auto& [name, library] : kTiles) {
    if (engine != name) continue;
    static device::WorkerPool pool(threads);
    RADDLE_ASSIGN_OR_RETURN(const Blas* blas, serial_blas(library));
    return median_gemm_seconds(shape, [&](const GemmCall& call) {
      RADDLE_ASSERT(parallel_gemm(*blas, pool, call).is_ok());
    });
  }
  RADDLE_ASSIGN_OR_RETURN(auto seconds, measure_gemm_library(engine, threads, {&shape, 1}));
  return seconds[0];
}

constexpr size_t kStop =
    SIZE_MAX;  // a request; closing the pipe would not do, as siblings hold it too

// A child process that measures one shape on each request.
struct Engine {
  std::string name;
  pid_t child = 0;
  int request = -1, answer = -1;
  std::vector<std::vector<double>> seconds;  // per shape, per round
};

[[noreturn]] void serve(const std::string& name, int threads, const std::vector<GemmShape>& shapes,
                        int request, int answer) {
  for (size_t index; read(request, &index, sizeof index) == sizeof index && index != kStop;) {
    auto measured = measure_here(name, threads, shapes[index]);
    if (!measured.is_ok()) fmt::print(stderr, "{}: {}\n", name, measured.status().to_string());
    const double seconds = measured.is_ok() ? measured.value() : 0.0;
    if (write(answer, &seconds, sizeof seconds) != sizeof seconds) break;
  }
  _exit(0);
}

Engine start(const std::string& name, int threads, const std::vector<GemmShape>& shapes) {
  int to_child[2], from_child[2];
  if (pipe(to_child) != 0 || pipe(from_child) != 0) std::exit(1);
  Engine engine{name, fork(), to_child[1], from_child[0], {}};
  if (engine.child == 0) {
    close(to_child[1]);
    serve(name, threads, shapes, to_child[0], from_child[1]);
  }
  close(to_child[0]);
  close(from_child[1]);
  engine.seconds.resize(shapes.size());
  return engine;
}

void ask(Engine& engine, size_t shape) {
  double seconds = 0.0;
  if (write(engine.request, &shape, sizeof shape) != sizeof shape ||
      read(engine.answer, &seconds, sizeof seconds) != sizeof seconds) {
    return;
  }
  if (seconds > 0.0) engine.seconds[shape].push_back(seconds);
  usleep(30'000);  // until the library's idle threads have stopped spinning
}

int64_t number(std::string_view text) {
  int64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || value < 1) {
    fmt::print(stderr, "raddle_gemm_bench: \"{}\" is not a positive number\n", text);
    std::exit(2);
  }
  return value;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print_table(const std::vector<GemmShape>& shapes, const std::vector<Engine>& engines,
                 double peak_gflops) {
  std::vector<std::vector<double>> medians(engines.size());
  fmt::print("{:12} {:>6} {:>6} {:>6}", "pass", "rows", "in", "out");
  for (const Engine& engine : engines) fmt::print(" {:>17}", engine.name);
  fmt::print("\n");
  for (size_t i = 0; i < shapes.size(); ++i) {
    const GemmShape& s = shapes[i];
    fmt::print("{:12} {:6} {:6} {:6}", gemm_pass_name(s.pass), s.rows, s.in, s.out);
    for (size_t e = 0; e < engines.size(); ++e) {
      const double seconds = median(engines[e].seconds[i]);
      medians[e].push_back(seconds);
      fmt::print(" {:17.1f}", seconds > 0 ? s.flops() / seconds * 1e-9 : 0.0);
    }
    fmt::print("\n");
  }
  fmt::print("{:33}", "weighted over a step");
  for (size_t e = 0; e < engines.size(); ++e) {
    fmt::print(" {:17.1f}", best_gemm_gflops(shapes, {&medians[e], 1}));
  }
  fmt::print("\n{:33}", "of the FMA peak");
  for (size_t e = 0; e < engines.size(); ++e) {
    fmt::print(" {:16.1f}%", 100 * best_gemm_gflops(shapes, {&medians[e], 1}) / peak_gflops);
  }
  const double best =
      best_gemm_gflops(shapes, {medians.data() + kOwnEngines, medians.size() - kOwnEngines});
  fmt::print("\nbest library per shape, with its own threads: {:.1f} GFLOP/s\n", best);
}

}  // namespace
}  // namespace raddle::kernels

int main(int argc, char** argv) {
  using namespace raddle::kernels;
  const int64_t rows = argc > 1 ? number(argv[1]) : 256;
  const int rounds = argc > 2 ? static_cast<int>(number(argv[2])) : 3;
  const int threads = argc > 3 ? static_cast<int>(number(argv[3])) : 2;
  const std::vector<GemmShape> shapes = gpt2_shapes(rows);
  std::vector<Engine> engines;
  raddle::device::DeviceCaps caps = raddle::device::detect_cpu(threads);
  if (const auto limited = limit_instruction_sets(caps); !limited.is_ok()) {
    fmt::print(stderr, "{}\n", limited.to_string());
    return 2;
  }
  for (const auto& [name, library] : kTiles) engines.push_back(start(name, threads, shapes));
  for (const auto library : gemm_yardstick_libraries()) {
    engines.push_back(start(std::string(library), threads, shapes));
  }
  for (int round = 0; round < rounds; ++round) {
    for (size_t shape = 0; shape < shapes.size(); ++shape) {
      for (Engine& engine : engines) ask(engine, shape);
    }
  }
  raddle::device::WorkerPool pool(threads);
  const double peak_gflops = fma_peak_gflops(pool, 20.0);
  fmt::print("FMA peak {:.1f} GFLOP/s on {} threads\n", peak_gflops, threads);
  print_table(shapes, engines, peak_gflops);
  for (Engine& engine : engines) {
    if (write(engine.request, &kStop, sizeof kStop) == sizeof kStop)
      waitpid(engine.child, nullptr, 0);
  }
  return 0;
}
