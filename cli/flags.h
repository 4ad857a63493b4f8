// SPDX-License-Identifier: Apache-2.0
// What the verbs' command lines have in common: parsing with helpful errors, --set, the log.
#pragma once

#include <cxxopts.hpp>

#include <span>
#include <string>
#include <vector>

#include "cli/api.h"

namespace raddle::cli {

// One verb, or one sub-verb: "ckpt ls".
struct Verb {
  const char* name;
  const char* synopsis;  // after the name: "RECIPE [options]"
  const char* summary;
  int (*run)(const Verb& verb, std::span<char* const> arguments);
};

// A parsed command line.
struct Parsed {
  cxxopts::ParseResult options;
  std::vector<std::string> positional;
  bool help = false;  // --help was given and printed; there is nothing else to do
};

// Options that every verb has (--log-level, --help) are added here. Failure(kExitUsage) with the
// nearest match for an unknown option, or if there are not `least` to `most` positional arguments.
Parsed parse(const Verb& verb, cxxopts::Options& options, std::span<char* const> arguments,
             size_t least, size_t most);

// Adds --set.
void add_set_option(cxxopts::Options& options);

// Runs the one of `verbs` that arguments[0] names; `prefix` is what comes before it ("raddle
// ckpt"). Failure(kExitUsage) with the nearest match.
int dispatch(const char* prefix, std::span<const Verb> verbs, std::span<char* const> arguments);

// "a" or "b" or nothing: the nearest of `names` as "; did you mean 'a'?".
std::string did_you_mean(const std::string& typed, const std::vector<const char*>& names);

// A context whose log goes to the terminal, at the level of --log-level or RADDLE_LOG_LEVEL.
Context make_context(const Parsed& parsed);

// Built-in < recipe (if any) < environment < --set. `recipe` is a file, or the name of a recipe
// that came with Raddle. Failure(kExitConfig).
Config make_config(const Parsed& parsed, const std::string& recipe);
// One value of the rank of --set.
void set_option(const Config& config, const std::string& key, const std::string& value);

// --gpu, for verbs that plan and do not run; set_gpu() puts it into the config.
void add_gpu_option(cxxopts::Options& options);
void set_gpu(const Parsed& parsed, const Config& config);

}  // namespace raddle::cli
