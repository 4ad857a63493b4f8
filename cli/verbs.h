// SPDX-License-Identifier: Apache-2.0
// The verbs of the command line, each in its own verb_*.cc.
#pragma once

#include <span>

#include "cli/flags.h"

namespace raddle::cli {

int run_train(const Verb& verb, std::span<char* const> arguments);
int run_eval(const Verb& verb, std::span<char* const> arguments);
int run_launch(const Verb& verb, std::span<char* const> arguments);
int run_generate(const Verb& verb, std::span<char* const> arguments);
int run_plan(const Verb& verb, std::span<char* const> arguments);
int run_simulate(const Verb& verb, std::span<char* const> arguments);
int run_bench(const Verb& verb, std::span<char* const> arguments);
int run_data(const Verb& verb, std::span<char* const> arguments);
int run_ckpt(const Verb& verb, std::span<char* const> arguments);
int run_config(const Verb& verb, std::span<char* const> arguments);
int run_doctor(const Verb& verb, std::span<char* const> arguments);

}  // namespace raddle::cli
