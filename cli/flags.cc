// SPDX-License-Identifier: Apache-2.0
#include "cli/flags.h"

#include <fmt/core.h>

#include <cxxopts.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "cli/output.h"
#include "cli/terminal.h"

namespace raddle::cli {

struct Flags::Impl {
  cxxopts::Options options;
};

struct Parsed::Values {
  cxxopts::ParseResult result;
};

namespace {

using Texts = std::vector<std::string>;

constexpr std::array kLogLevels = {"debug", "info", "warning", "error", "off"};

// `source` is where the name was given, for the message.
raddle_log_level_t parse_log_level(const char* source, const std::string& name) {
  for (size_t i = 0; i < kLogLevels.size(); ++i) {
    if (name == kLogLevels[i]) return RADDLE_LOG_DEBUG + static_cast<raddle_log_level_t>(i);
  }
  throw Failure(kExitUsage,
                fmt::format("{} '{}' is none of debug, info, warning, error, off{}", source, name,
                            did_you_mean(name, {kLogLevels.begin(), kLogLevels.end()})));
}

// --log-level, else RADDLE_LOG_LEVEL, else info.
raddle_log_level_t log_level(const Parsed& parsed) {
  if (parsed.has("log-level")) return parse_log_level("--log-level", parsed.text("log-level"));
  const char* name = std::getenv("RADDLE_LOG_LEVEL");
  if (name == nullptr || *name == '\0') return RADDLE_LOG_INFO;
  return parse_log_level("RADDLE_LOG_LEVEL", name);
}

std::vector<std::string> option_names(const cxxopts::Options& options) {
  std::vector<std::string> names;
  for (const std::string& group : options.groups()) {
    for (const auto& option : options.group_help(group).options) {
      for (const std::string& name : option.l) names.push_back("--" + name);
    }
  }
  return names;
}

// What was named as a file, or the file of that name that came with Raddle in `folder`.
std::string find_shared(const std::string& named, const char* folder, const char* ending) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::exists(named, error) || named.find('/') != std::string::npos) return named;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path installed =
      program.parent_path().parent_path() / "share/raddle" / folder / (named + ending);
  return fs::exists(installed, error) ? installed.string() : named;
}

}  // namespace

std::string did_you_mean(const std::string& typed, const std::vector<const char*>& names) {
  const int64_t index =
      raddle_nearest_match(typed.c_str(), names.data(), static_cast<int64_t>(names.size()));
  return index < 0 ? "" : fmt::format("; did you mean '{}'?", names[static_cast<size_t>(index)]);
}

Flags::Flags(const std::string& program)
    : impl_(std::make_unique<Impl>(Impl{cxxopts::Options(program)})) {}
Flags::~Flags() = default;

void Flags::add_switch(const std::string& name, const std::string& help) {
  impl_->options.add_options()(name, help);
}

void Flags::add_text(const std::string& name, const std::string& help, const std::string& value) {
  impl_->options.add_options()(name, help, cxxopts::value<std::string>(), value);
}

void Flags::add_text(const std::string& name, const std::string& help, const std::string& value,
                     const std::string& default_text) {
  impl_->options.add_options()(name, help,
                               cxxopts::value<std::string>()->default_value(default_text), value);
}

void Flags::add_number(const std::string& name, const std::string& help, const std::string& value,
                       int64_t default_number) {
  impl_->options.add_options()(
      name, help, cxxopts::value<int64_t>()->default_value(std::to_string(default_number)), value);
}

void Flags::add_list(const std::string& name, const std::string& help, const std::string& value) {
  impl_->options.add_options()(name, help, cxxopts::value<Texts>(), value);
}

bool Parsed::has(const char* flag) const { return values->result.count(flag) > 0; }

std::string Parsed::text(const char* flag) const {
  const cxxopts::OptionValue& value = values->result[flag];
  return has(flag) || value.has_default() ? value.as<std::string>() : std::string();
}

int64_t Parsed::number(const char* flag) const { return values->result[flag].as<int64_t>(); }

Texts Parsed::list(const char* flag) const {
  return has(flag) ? values->result[flag].as<Texts>() : Texts();
}

Parsed parse(const Verb& verb, Flags& flags, std::span<char* const> arguments, size_t least,
             size_t most) {
  cxxopts::Options& options = flags.impl_->options;
  // cxxopts prints what positional arguments there are only if they have names.
  options.custom_help(verb.synopsis);
  flags.add_text("log-level",
                 "debug, info, warning, error or off; default: RADDLE_LOG_LEVEL or info", "LEVEL");
  flags.add_switch("h,help", "show this and end");
  options.allow_unrecognised_options();
  try {
    // cxxopts takes argv with the program's name first, which is what arguments[0] (the verb) is.
    auto result = options.parse(static_cast<int>(arguments.size()), arguments.data());
    const Texts unmatched = result.unmatched();
    Parsed parsed;
    parsed.values = std::make_shared<const Parsed::Values>(Parsed::Values{std::move(result)});
    parsed.help = parsed.has("help");
    if (parsed.help) {
      print("{}\n{}\n", options.help(), verb.summary);
      return parsed;
    }
    const std::vector<std::string> names = option_names(options);
    for (const std::string& word : unmatched) {
      if (word.size() > 1 && word[0] == '-') {
        std::vector<const char*> candidates;
        for (const std::string& name : names) candidates.push_back(name.c_str());
        throw Failure(kExitUsage,
                      fmt::format("there is no option {}{}", word, did_you_mean(word, candidates)));
      }
      parsed.positional.push_back(word);
    }
    if (parsed.positional.size() < least || parsed.positional.size() > most) {
      throw Failure(kExitUsage,
                    fmt::format("{} takes {}{} arguments, got {}\nusage: raddle {} {}", verb.name,
                                least, most == least ? "" : fmt::format(" to {}", most),
                                parsed.positional.size(), verb.name, verb.synopsis));
    }
    return parsed;
  } catch (const cxxopts::exceptions::exception& error) {
    throw Failure(kExitUsage,
                  fmt::format("{}\nusage: raddle {} {}", error.what(), verb.name, verb.synopsis));
  }
}

void add_set_option(Flags& flags) {
  flags.add_list("set",
                 "set an option of the run; may be repeated. \\n and \\t in a string are what "
                 "they are in a recipe; a name with a comma in a list: '[\"a,b.txt\"]'",
                 "KEY=VALUE");
}

void add_gpu_option(Flags& flags) {
  flags.add_text("gpu",
                 "plan for this GPU, which need not be here: a100, h100, h200, or a file that "
                 "`raddle doctor --json` wrote",
                 "NAME");
}

void set_gpu(const Parsed& parsed, const Config& config) {
  if (!parsed.has("gpu")) return;
  const std::string named = parsed.text("gpu"), file = find_shared(named, "gpus", ".json");
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    throw Failure(kExitUsage,
                  fmt::format("--gpu {}: no such file, and none of a100, h100, h200", named));
  }
  set_option(config, "runtime.device", "cuda");
  set_option(config, "runtime.device_caps", file);
}

int dispatch(const char* prefix, std::span<const Verb> verbs, std::span<char* const> arguments) {
  const std::string typed = arguments.empty() ? "" : arguments[0];
  std::vector<const char*> names;
  for (const Verb& verb : verbs) {
    const char* word = verb.name;
    for (const char* c = verb.name; *c != '\0'; ++c) word = *c == ' ' ? c + 1 : word;
    if (typed == word) return verb.run(verb, arguments);
    names.push_back(word);
  }
  const bool help = typed == "--help" || typed == "-h" || typed == "help";
  std::string text = fmt::format("usage: {} VERB ...\n", prefix);
  for (const Verb& verb : verbs) text += fmt::format("  {:<22} {}\n", verb.name, verb.summary);
  if (help) {
    print("{}", text);
    return kExitDone;
  }
  if (typed.empty()) throw Failure(kExitUsage, "no verb given\n" + text);
  throw Failure(kExitUsage, fmt::format("there is no verb '{}'{}\n{}", typed,
                                        did_you_mean(typed, names), text));
}

Context make_context(const Parsed& parsed) {
  raddle_context_options_t options = RADDLE_CONTEXT_OPTIONS_INIT;
  options.log_level = log_level(parsed);
  options.log_callback = &log_to_terminal;
  Context context;
  check(raddle_context_create(&options, context.out()));
  return context;
}

Config make_config(const Parsed& parsed, const std::string& recipe) {
  Config config;
  check(raddle_config_create(config.out()));
  try {
    if (!recipe.empty())
      check(raddle_config_load_file(config.get(), find_shared(recipe, "recipes", ".toml").c_str()));
    check(raddle_config_load_environment(config.get()));
  } catch (const Failure& failure) {
    throw Failure(kExitConfig, failure.what());
  }
  if (!parsed.has("set")) return config;
  for (const std::string& entry : parsed.list("set")) {
    const size_t equals = entry.find('=');
    if (equals == std::string::npos) {
      throw Failure(kExitUsage, fmt::format("--set {}: expected KEY=VALUE", entry));
    }
    set_option(config, entry.substr(0, equals), entry.substr(equals + 1));
  }
  return config;
}

void set_option(const Config& config, const std::string& key, const std::string& value) {
  check(
      raddle_config_set_from(config.get(), key.c_str(), value.c_str(), RADDLE_ORIGIN_SET, nullptr));
}

}  // namespace raddle::cli
