// SPDX-License-Identifier: Apache-2.0
// What the verbs' command lines have in common: parsing with helpful errors, --set, the log.
#pragma once

#include <cstdint>
#include <memory>
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

struct Parsed;

// What a command line may hold. cxxopts, which reads it, is for flags.cc alone: it takes a compiler
// seconds. `value` is the word that help has for the value.
class Flags {
 public:
  explicit Flags(const std::string& program);  // "raddle ckpt ls"
  ~Flags();
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  void add_switch(const std::string& name, const std::string& help);
  void add_text(const std::string& name, const std::string& help, const std::string& value);
  void add_text(const std::string& name, const std::string& help, const std::string& value,
                const std::string& default_text);
  void add_number(const std::string& name, const std::string& help, const std::string& value,
                  int64_t default_number);
  // May be repeated.
  void add_list(const std::string& name, const std::string& help, const std::string& value);

 private:
  friend Parsed parse(const Verb& verb, Flags& flags, std::span<char* const> arguments,
                      size_t least, size_t most);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A parsed command line.
struct Parsed {
  std::vector<std::string> positional;
  bool help = false;  // --help was given and printed; there is nothing else to do

  bool has(const char* flag) const;          // given, not just at its default
  std::string text(const char* flag) const;  // without a default "" where it is not given
  int64_t number(const char* flag) const;
  std::vector<std::string> list(const char* flag) const;

  struct Values;
  std::shared_ptr<const Values> values;
};

// Options that every verb has (--log-level, --help) are added here. Failure(kExitUsage) with the
// nearest match for an unknown option, or if there are not `least` to `most` positional arguments.
Parsed parse(const Verb& verb, Flags& flags, std::span<char* const> arguments, size_t least,
             size_t most);

// Adds --set.
void add_set_option(Flags& flags);

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
void add_gpu_option(Flags& flags);
void set_gpu(const Parsed& parsed, const Config& config);

}  // namespace raddle::cli
