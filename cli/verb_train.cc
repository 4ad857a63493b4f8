// SPDX-License-Identifier: Apache-2.0
// raddle train: from a recipe to a trained model in a run directory.
#include <fmt/core.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "cli/memory_table.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/units.h"
#include "cli/verbs.h"
#include "cli/world.h"

namespace raddle::cli {

namespace {

struct Watch {
  Progress* progress;  // null: another rank tells how far it is
  double last_loss = 0, last_evaluation = 0;
  int64_t steps = 0;
  bool evaluated = false;
};

int32_t on_event(void* user_data, const raddle_event_t* event) {
  auto* watch = static_cast<Watch*>(user_data);
  if (event->metrics != nullptr) {
    watch->last_loss = event->metrics->loss;
    ++watch->steps;
  }
  if (event->evaluation != nullptr) {
    watch->last_evaluation = event->evaluation->loss;
    watch->evaluated = true;
  }
  if (watch->progress != nullptr) watch->progress->on_event(*event);
  return 0;
}

// Measured only where somebody watches: it takes time, and others need not wait for it.
double measure_peak_flops(const Context& context, const Config& config) {
  if (!Terminal::get().is_terminal()) return 0;
  raddle_machine_peaks_t peaks = RADDLE_MACHINE_PEAKS_INIT;
  check(raddle_bench_machine(context.get(),
                             static_cast<int32_t>(get_int(config, "runtime.threads")), 0, &peaks));
  return peaks.fma_gflops * 1e9;
}

int dry_run(const Context& context, const Config& config) {
  Plan plan;
  check(raddle_plan_create(context.get(), config.get(), nullptr, plan.out()));
  return print_memory_table(plan);
}

void print_result(const Session& session, const Watch& watch, double seconds,
                  const std::string& run_directory) {
  raddle_session_info_t info = RADDLE_SESSION_INFO_INIT;
  check(raddle_session_get_info(session.get(), &info));
  print("run_directory     {}\n", run_directory);
  print("metrics           {}/metrics.jsonl\n", run_directory);
  print("steps             {} of {}\n", info.steps_done, info.steps_total);
  print("parameters        {}\n", info.parameter_elements);
  print("tokens            {}\n", info.tokens_done);
  if (watch.steps > 0) print("loss              {:.4f}\n", watch.last_loss);
  if (watch.evaluated) print("validation_loss   {:.4f}\n", watch.last_evaluation);
  print("seconds           {:.1f}\n", seconds);
}

int32_t count_good(void* user_data, const raddle_checkpoint_info_t* info) {
  *static_cast<int64_t*>(user_data) += info->good;
  return 0;
}

// A session that was stopped while it was being made has done nothing that could be lost. Whoever
// runs it again with --resume auto goes on from where it was about to.
int stopped_before_training(const Context& context, const raddle_session_options_t& options) {
  int64_t good = 0;
  if (options.resume != nullptr && std::string_view(options.resume) == "auto") {
    raddle_status_t status =
        raddle_checkpoint_list(context.get(), options.run_directory, &count_good, &good);
    raddle_status_destroy(&status);
  }
  Terminal::get().print_line(good > 0 ? "stopped on request before the first step; the state is "
                                        "saved: go on with --resume auto"
                                      : "stopped on request before the first step; there is "
                                        "nothing to save");
  return good > 0 ? kExitStopped : interrupted_exit_code();
}

raddle_status_t create_session(const Context& context, const Config& config, const World& world,
                               const raddle_session_options_t& options, raddle_stop_t* stop,
                               Session* session) {
  if (raddle_world_size(world.get()) == 1) {
    return raddle_session_create(context.get(), config.get(), &options, stop, session->out());
  }
  return raddle_session_create_in_world(context.get(), world.get(), config.get(), nullptr, &options,
                                        stop, session->out());
}

int train(const Context& context, const Config& config, const raddle_session_options_t& options) {
  World world;
  Session session;
  StopOnSignal stop(OnStop::kSave);
  check(raddle_world_join(context.get(), config.get(), nullptr, stop.get(), world.out()));
  // All ranks print the same; one is enough.
  const bool is_teller = raddle_world_rank(world.get()) == 0;
  raddle_status_t created = create_session(context, config, world, options, stop.get(), &session);
  if (raddle_status_code(created) == RADDLE_CANCELLED) {
    tell_others(world, created);
    raddle_status_destroy(&created);
    return stopped_before_training(context, options);
  }
  check_in(world, created);
  if (is_teller) stop.announce_saving();
  Progress progress(get_int(config, "train.log_interval"), measure_peak_flops(context, config));
  Watch watch{is_teller ? &progress : nullptr};
  raddle_train_result_t result = RADDLE_TRAIN_RESULT_INIT;
  const auto begin = std::chrono::steady_clock::now();
  const raddle_status_t status =
      raddle_session_train(session.get(), stop.get(), &result, &on_event, &watch);
  Terminal::get().end_progress();
  // How far it came is a result even if it did not end well.
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  if (is_teller && (raddle_status_code(status) == RADDLE_OK || watch.steps > 0)) {
    print_result(session, watch, elapsed.count(), options.run_directory);
  }
  check_in(world, status);
  if (result.stopped == 0) return kExitDone;
  if (is_teller) {
    Terminal::get().print_line(fmt::format("stopped on request after step {}{}", result.steps_done,
                                           result.saved != 0
                                               ? "; the state is saved: go on with --resume auto"
                                               : "; the state could not be saved"));
  }
  return result.saved != 0 ? kExitStopped : kExitIo;
}

}  // namespace

int run_train(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle train");
  add_set_option(flags);
  flags.add_text("run-dir", "where the run is kept; default: runs/ and the recipe's name", "DIR");
  flags.add_text("resume",
                 "auto: go on from the run's newest checkpoint, or begin; else a "
                 "checkpoint or run directory",
                 "auto|PATH");
  flags.add_switch("dry-run", "plan, print the memory table and end");
  add_gpu_option(flags);
  flags.add_text("trace", "write a Chrome trace", "FILE");
  const Parsed parsed = parse(verb, flags, arguments, 1, 1);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  const std::string& recipe = parsed.positional.front();
  const Config config = make_config(parsed, recipe);
  set_gpu(parsed, config);
  if (parsed.has("dry-run")) return dry_run(context, config);

  const auto text = [&](const char* name) { return parsed.text(name); };
  const std::string trace = text("trace"), resume = text("resume");
  std::string run_directory = text("run-dir");
  if (run_directory.empty()) {
    run_directory = "runs/" + std::filesystem::path(recipe).stem().string();
  }
  raddle_session_options_t session_options = RADDLE_SESSION_OPTIONS_INIT;
  session_options.run_directory = run_directory.c_str();
  session_options.resume = resume.empty() ? nullptr : resume.c_str();
  session_options.trace_path = trace.empty() ? nullptr : trace.c_str();
  return train(context, config, session_options);
}

}  // namespace raddle::cli
