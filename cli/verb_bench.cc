// SPDX-License-Identifier: Apache-2.0
// raddle bench: what this machine can do, and what a training step makes of it.
#include <fmt/core.h>

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/output.h"
#include "cli/verbs.h"
#include "cli/yardstick.h"

namespace raddle::cli {

namespace {

using Json = nlohmann::ordered_json;

std::vector<int64_t> parse_numbers(const std::string& text, const char* flag) {
  std::vector<int64_t> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    int64_t number = 0;
    const auto result = std::from_chars(at, end, number);
    if (result.ec != std::errc() || (result.ptr != end && *result.ptr != ',')) {
      throw Failure(kExitUsage,
                    fmt::format("--{} {}: expected numbers between commas", flag, text));
    }
    numbers.push_back(number);
    if (result.ptr == end) return numbers;
    at = result.ptr + 1;
  }
}

void add_common_options(Flags& flags) {
  flags.add_number("threads", "0: all cores", "K", 0);
  flags.add_switch("json", "one JSON object per line");
}

int32_t threads_of(const Parsed& parsed) {
  const int64_t threads = parsed.number("threads");
  if (threads == static_cast<int32_t>(threads)) return static_cast<int32_t>(threads);
  throw Failure(kExitUsage, fmt::format("--threads {}: expected a number of threads, or 0 for one "
                                        "on each core",
                                        threads));
}

void print_result(const Json& json, bool as_json) {
  if (as_json) {
    write_output(json_line(json));
    return;
  }
  for (const auto& [key, value] : json.items()) {
    print("{:<24} {}\n", key, plain_text(value));
  }
}

int machine(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle bench machine");
  add_common_options(flags);
  const Parsed parsed = parse(verb, flags, arguments, 0, 0);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  raddle_machine_peaks_t peaks = RADDLE_MACHINE_PEAKS_INIT;
  check(raddle_bench_machine(context.get(), threads_of(parsed), 1, &peaks));
  print_result({{"threads", peaks.threads},
                {"fma_peak_gflops", peaks.fma_gflops},
                {"triad_gb_per_second", peaks.triad_gb_per_second}},
               parsed.has("json"));
  return kExitDone;
}

int gemm(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle bench gemm");
  add_common_options(flags);
  flags.add_text("library", "openblas-openmp, openblas-pthread or onednn", "NAME");
  flags.add_list("shape", "C (m, n) = A B over k; 1 for a transposed A or B; may be repeated",
                 "M,N,K[,TA,TB]");
  const Parsed parsed = parse(verb, flags, arguments, 0, 0);
  if (parsed.help) return kExitDone;
  if (!parsed.has("library") || !parsed.has("shape")) {
    throw Failure(kExitUsage, "bench gemm needs --library NAME and --shape M,N,K");
  }
  const Context context = make_context(parsed);
  const auto library = parsed.text("library");
  for (const std::string& text : parsed.list("shape")) {
    const auto numbers = parse_numbers(text, "shape");
    if (numbers.size() != 3 && numbers.size() != 5) {
      throw Failure(kExitUsage, fmt::format("--shape {}: expected M,N,K or M,N,K,TA,TB", text));
    }
    raddle_gemm_shape_t shape = RADDLE_GEMM_SHAPE_INIT;
    shape.m = numbers[0];
    shape.n = numbers[1];
    shape.k = numbers[2];
    shape.transpose_a = numbers.size() == 5 && numbers[3] != 0;
    shape.transpose_b = numbers.size() == 5 && numbers[4] != 0;
    double gflops = 0;
    check(raddle_bench_gemm(context.get(), library.c_str(), &shape, threads_of(parsed), &gflops));
    print_result({{"library", library}, {"shape", text}, {"gflops", gflops}}, parsed.has("json"));
  }
  return kExitDone;
}

void add_model_options(Flags& flags) {
  add_set_option(flags);
  add_common_options(flags);
  flags.add_text("model", "recipe with the model", "RECIPE");
  flags.add_text("device", "as runtime.device: cpu, cuda, cuda:N", "NAME");
  flags.add_number("batch", "sequences per step", "B", 4);
  flags.add_number("seq", "tokens per sequence", "T", 64);
  flags.add_text("virtual-width", "with virtual width", "M,N");
}

Config step_config(const Parsed& parsed) {
  if (!parsed.has("model")) throw Failure(kExitUsage, "a model is needed: --model RECIPE");
  Config config = make_config(parsed, parsed.text("model"));
  const auto tokens = parsed.number("batch") * parsed.number("seq");
  set_option(config, "train.micro_batch_tokens", std::to_string(tokens));
  set_option(config, "train.micro_batches", "1");
  set_option(config, "runtime.threads", std::to_string(threads_of(parsed)));
  if (parsed.has("device")) set_option(config, "runtime.device", parsed.text("device"));
  if (parsed.has("virtual-width")) {
    const auto text = parsed.text("virtual-width");
    const auto numbers = parse_numbers(text, "virtual-width");
    if (numbers.size() != 2) {
      throw Failure(kExitUsage, fmt::format("--virtual-width {}: expected M,N", text));
    }
    set_option(config, "model.virtual_width.m", std::to_string(numbers[0]));
    set_option(config, "model.virtual_width.n", std::to_string(numbers[1]));
  }
  return config;
}

Json step_json(const raddle_step_bench_t& step, const raddle_machine_peaks_t& peaks) {
  const double gflops =
      1e-9 * static_cast<double>(step.flops_per_step) / (1e-3 * step.step_ms_median);
  return {{"step_ms_median", step.step_ms_median},
          {"tokens_per_second", step.tokens_per_second},
          {"peak_rss_bytes", step.peak_rss_bytes},
          {"flops_per_step", step.flops_per_step},
          {"gflops", gflops},
          {"step_ms_min", step.step_ms_min},
          {"step_ms_max", step.step_ms_max},
          {"first_step_ms", step.first_step_ms},
          {"plan_ms", step.plan_ms},
          {"create_ms", step.create_ms},
          {"steps", step.steps},
          {"tokens_per_step", step.tokens_per_step},
          {"parameters", step.parameter_elements},
          {"threads", peaks.threads},
          {"fma_peak_gflops", peaks.fma_gflops},
          {"share_of_fma_peak", gflops / peaks.fma_gflops}};
}

int step(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle bench step");
  add_model_options(flags);
  flags.add_number("warmup", "steps before those that count", "N", 0);
  flags.add_number("steps", "steps that count", "N", 0);
  flags.add_switch("no-yardstick", "do not measure the matrix libraries beside it");
  const Parsed parsed = parse(verb, flags, arguments, 0, 0);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  const Config config = step_config(parsed);
  raddle_step_bench_t bench = RADDLE_STEP_BENCH_INIT;
  check(raddle_bench_step(context.get(), config.get(), parsed.number("batch"), parsed.number("seq"),
                          parsed.number("warmup"), parsed.number("steps"), nullptr, &bench));
  raddle_machine_peaks_t peaks = RADDLE_MACHINE_PEAKS_INIT;
  check(raddle_bench_machine(context.get(), threads_of(parsed), 0, &peaks));
  Json json = step_json(bench, peaks);
  if (!parsed.has("no-yardstick")) {
    const YardstickResult yardstick = measure_yardstick(context, config, peaks.threads);
    json["gemm_peak_gflops"] = yardstick.best_gflops;
    json["share_of_gemm_peak"] = json["gflops"].get<double>() / yardstick.best_gflops;
    for (const auto& [name, rate] : yardstick.libraries)
      json[fmt::format("gemm_gflops {}", name)] = rate;
  }
  print_result(json, parsed.has("json"));
  return kExitDone;
}

int kernels(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle bench kernels");
  add_model_options(flags);
  flags.add_number("repeats", "of each kernel; 0: 20", "N", 0);
  const Parsed parsed = parse(verb, flags, arguments, 0, 0);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  const Config config = step_config(parsed);
  Text text;
  check(raddle_bench_kernels(context.get(), config.get(), parsed.number("batch"),
                             parsed.number("seq"), parsed.number("repeats"), nullptr, text.out()));
  const Json json = Json::parse(text.get());
  if (parsed.has("json")) {
    write_output(json_line(json));
    return kExitDone;
  }
  const double copy = json["copy_gb_per_second"], product = json["product_tflops"];
  print("{}: copies at {:.1f} GB/s, multiplies 4096 x 4096 matrices at {:.2f} TFLOP/s\n",
        json["device"].get<std::string>(), copy, product);
  print("{:<40} {:>5} {:>10} {:>8} {:>8} {:>8} {:>8}\n", "kernel", "count", "ms", "GB/s", "of copy",
        "TFLOP/s", "of prod.");
  for (const Json& one : json["kernels"]) {
    const double rate = one["gb_per_second"];
    print("{:<40} {:>5} {:>10.3f} {:>8.1f} {:>7.0f}%", one["kernel"].get<std::string>(),
          one["count"].get<int64_t>(), one["ms"].get<double>(), rate, 100 * rate / copy);
    if (one.contains("tflops")) {
      const double flops = one["tflops"];
      print(" {:>8.2f} {:>7.0f}%", flops, 100 * flops / product);
    }
    print("\n");
  }
  return kExitDone;
}

}  // namespace

int run_bench(const Verb&, std::span<char* const> arguments) {
  static constexpr std::array kVerbs = {
      Verb{"bench step",
           "--model RECIPE --batch B --seq T [--virtual-width M,N] [--device NAME] [--json]",
           "time training steps beside the best matrix library", &step},
      Verb{"bench kernels",
           "--model RECIPE --batch B --seq T [--virtual-width M,N] [--device NAME] [--json]",
           "time each kernel of a step by itself beside the device's rates", &kernels},
      Verb{"bench gemm", "--library NAME --shape M,N,K[,TA,TB]... [--json]",
           "time a matrix library", &gemm},
      Verb{"bench machine", "[--json]", "measure multiply-add and memory peaks", &machine},
  };
  return dispatch("raddle bench", kVerbs, arguments.subspan(1));
}

}  // namespace raddle::cli
