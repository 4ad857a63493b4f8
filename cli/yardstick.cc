// SPDX-License-Identifier: Apache-2.0
#include "cli/yardstick.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/child.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace raddle::cli {

namespace {

constexpr std::array kLibraries = {"openblas-openmp", "openblas-pthread", "onednn"};

void collect_shape(void* user_data, const char*, const raddle_gemm_shape_t* shape) {
  static_cast<std::vector<raddle_gemm_shape_t>*>(user_data)->push_back(*shape);
}

double operations(const raddle_gemm_shape_t& shape) {
  return 2.0 * static_cast<double>(shape.m) * static_cast<double>(shape.n) *
         static_cast<double>(shape.k) * static_cast<double>(shape.count);
}

// GFLOP/s of each shape, or nothing if the library cannot be measured.
std::vector<double> measure_library(const char* library,
                                    const std::vector<raddle_gemm_shape_t>& shapes, int threads) {
  std::vector<std::string> words = {
      "bench", "gemm", "--library", library, "--json", "--threads", std::to_string(threads)};
  for (const raddle_gemm_shape_t& shape : shapes) {
    words.push_back("--shape");
    words.push_back(fmt::format("{},{},{},{},{}", shape.m, shape.n, shape.k, shape.transpose_a,
                                shape.transpose_b));
  }
  const std::string count = std::to_string(threads);
  const ChildResult child =
      run_self(words, {{"OMP_NUM_THREADS", count}, {"OPENBLAS_NUM_THREADS", count}});
  std::vector<double> rates;
  if (child.exit_code != 0) return rates;
  std::istringstream lines(child.output);
  for (std::string line; std::getline(lines, line);) {
    const auto json = parse_json(line);
    if (json.is_object() && json.contains("gflops")) rates.push_back(json["gflops"].get<double>());
  }
  if (rates.size() != shapes.size()) rates.clear();
  return rates;
}

// Rates per shape to one rate over all.
double weighted(const std::vector<raddle_gemm_shape_t>& shapes, const std::vector<double>& rates) {
  double total = 0, time = 0;
  for (size_t i = 0; i < shapes.size(); ++i) {
    total += operations(shapes[i]);
    time += operations(shapes[i]) / rates[i];
  }
  return time > 0 ? total / time : 0;
}

}  // namespace

YardstickResult measure_yardstick(const Context& context, const Config& config, int threads) {
  std::vector<raddle_gemm_shape_t> shapes;
  check(raddle_bench_gemm_shapes(context.get(), config.get(), &collect_shape, &shapes));
  YardstickResult result;
  std::vector<double> best(shapes.size(), 0);
  for (const char* library : kLibraries) {
    const auto rates = measure_library(library, shapes, threads);
    if (rates.empty()) {
      Terminal::get().log(RADDLE_LOG_WARNING,
                          fmt::format("{} could not be measured; the yardstick is the best of the "
                                      "others",
                                      library));
      continue;
    }
    result.libraries.emplace_back(library, weighted(shapes, rates));
    for (size_t i = 0; i < best.size(); ++i) best[i] = std::max(best[i], rates[i]);
  }
  if (result.libraries.empty()) {
    throw Failure(kExitUnavailable,
                  "no matrix library to measure against; install libopenblas0-pthread, "
                  "libopenblas0-openmp or libdnnl2");
  }
  result.best_gflops = weighted(shapes, best);
  return result;
}

}  // namespace raddle::cli
