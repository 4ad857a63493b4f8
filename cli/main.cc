// SPDX-License-Identifier: Apache-2.0
// raddle: the command line. stdout is for results, stderr for log and progress.
#include <fmt/core.h>

#include <array>
#include <csignal>
#include <exception>
#include <span>
#include <string>
#include <string_view>

#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/verbs.h"

namespace {

using raddle::cli::Verb;

constexpr std::array kVerbs = {
    Verb{"train", "RECIPE [--set KEY=VALUE]... [--run-dir DIR] [--resume auto|PATH]",
         "train a model as a recipe says", &raddle::cli::run_train},
    Verb{"launch", "-n N [--threads K] -- train RECIPE ...",
         "run a verb or program as N ranks that train together", &raddle::cli::run_launch},
    Verb{"eval", "MODEL_OR_RUN (--data FILE | --tokens 1,2,3 --logits-out FILE)",
         "measure a model's loss on a text, or write its logits", &raddle::cli::run_eval},
    Verb{"generate", "MODEL_OR_RUN --prompt TEXT", "continue a text", &raddle::cli::run_generate},
    Verb{
        "plan",
        "(RECIPE [--explain | --json] [--memory 2GiB] | --mesh LENGTHS.txt --ranks N --capacity C)",
        "say what a run will need, before it runs", &raddle::cli::run_plan},
    Verb{"simulate", "(LENGTHS.txt | --set NAME --tokens COUNT) --ranks N --capacity C",
         "say what a step would take on many ranks", &raddle::cli::run_simulate},
    Verb{"bench", "step|gemm|machine ...", "measure this machine and a training step",
         &raddle::cli::run_bench},
    Verb{"data", "tokenize|inspect|train-tokenizer ...", "prepare and look at training data",
         &raddle::cli::run_data},
    Verb{"ckpt", "ls|verify|export ...", "list, check and export checkpoints",
         &raddle::cli::run_ckpt},
    Verb{"config", "show|schema ...", "show options, their values and where they come from",
         &raddle::cli::run_config},
    Verb{"doctor", "[--json]", "say what this machine offers and what is missing",
         &raddle::cli::run_doctor},
};

int run(std::span<char* const> arguments) {
  if (!arguments.empty() && std::string_view(arguments[0]) == "--version") {
    raddle::cli::print("raddle {}\n{}", raddle_version_string(), raddle_build_info());
    return raddle::cli::kExitDone;
  }
  return raddle::cli::dispatch("raddle", kVerbs, arguments);
}

}  // namespace

int main(int argc, char** argv) {
  raddle::cli::keep_standard_descriptors();
  // A file-size limit then makes writes fail, which is told and survived like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  int code = raddle::cli::kExitInternal;
  try {
    code = run(std::span<char* const>(argv + 1, static_cast<size_t>(argc - 1)));
  } catch (const raddle::cli::Failure& failure) {
    raddle::cli::Terminal::get().end_progress();
    raddle::cli::Terminal::get().log(RADDLE_LOG_ERROR, failure.what());
    code = failure.exit_code();
  } catch (const std::exception& error) {
    raddle::cli::Terminal::get().end_progress();
    raddle::cli::Terminal::get().log(RADDLE_LOG_ERROR, error.what());
  }
  // Results that did not reach their reader are no results.
  const std::string lost = raddle::cli::close_output();
  if (lost.empty()) return code;
  raddle::cli::Terminal::get().log(RADDLE_LOG_ERROR, "cannot write to stdout: " + lost);
  return code == raddle::cli::kExitDone ? raddle::cli::kExitIo : code;
}
