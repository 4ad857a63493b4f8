// SPDX-License-Identifier: Apache-2.0
// raddle simulate: what a step would take on many ranks, for each way to place its sequences.
#include <fmt/core.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/mesh_lengths.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace raddle::cli {
namespace {

void check_options(const Parsed& parsed) {
  const bool file = !parsed.positional.empty(), set = parsed.has("set");
  if (file == set) {
    throw Failure(kExitUsage, "raddle simulate needs either LENGTHS.txt or --set NAME");
  }
  if (set && !parsed.has("tokens")) {
    throw Failure(kExitUsage, "--set needs --tokens too, such as --tokens 32M");
  }
  for (const char* flag : {"tokens", "seed"}) {
    if (!set && parsed.has(flag)) {
      throw Failure(kExitUsage, fmt::format("--{} is for --set, which is not given", flag));
    }
  }
  for (const char* flag : {"ranks", "capacity"}) {
    if (!parsed.has(flag)) {
      throw Failure(kExitUsage, fmt::format("raddle simulate needs --{}", flag));
    }
  }
}

// "32M" is 32 times 1024 times 1024.
int64_t count_of(const Parsed& parsed, const char* flag) {
  const std::string text = parsed.text(flag);
  std::string_view digits = text;
  int shift = 0;
  for (const auto& [letter, bits] : {std::pair('K', 10), std::pair('M', 20), std::pair('G', 30)}) {
    if (digits.ends_with(letter)) shift = bits;
  }
  if (shift > 0) digits.remove_suffix(1);
  int64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc() || end != digits.data() + digits.size() || count < 0 ||
      count > INT64_MAX >> shift) {
    throw Failure(kExitUsage,
                  fmt::format("--{} is '{}', expected a number of tokens such as 8192, 256K or 32M",
                              flag, text));
  }
  return count << shift;
}

struct Step {
  std::vector<int64_t> lengths;
  int64_t longest = 0;  // 0: of these
};

Step step_of(const Parsed& parsed, const Context& context) {
  Step step;
  if (parsed.has("set")) {
    Text text;
    check(raddle_mesh_draw_lengths(context.get(), parsed.text("set").c_str(),
                                   count_of(parsed, "tokens"), parsed.number("seed"), text.out()));
    const nlohmann::ordered_json drawn = parse_json(text.get());
    step.lengths = drawn.at("lengths").get<std::vector<int64_t>>();
    step.longest = drawn.at("longest").get<int64_t>();
  } else {
    step.lengths = read_lengths(parsed.positional.front());
  }
  if (parsed.has("longest")) step.longest = count_of(parsed, "longest");
  return step;
}

void print_outcomes(const nlohmann::ordered_json& json) {
  const auto count = [&](const char* key) { return json.at(key).get<int64_t>(); };
  print("{} sequences, {} tokens, on {} ranks of {} tokens; static groups of {} ranks\n",
        count("sequences"), count("tokens"), count("ranks"), count("capacity"),
        count("static_degree"));
  print("profile {}\n\n", json.at("profile").at("name").get<std::string>());
  print("  {:<9}{:>12}{:>10}{:>14}{:>12}{:>11}{:>11}\n", "policy", "step", "speed-up",
        "busy, least", "most", "transfers", "waiting");
  for (const auto& policy : json.at("policies")) {
    const auto number = [&](const char* key) { return policy.at(key).get<double>(); };
    const auto busy = [&](const char* key) { return policy.at("busy_ms").at(key).get<double>(); };
    print("  {:<9}{:>10.2f} s{:>9.2f}x{:>12.2f} s{:>10.2f} s{:>9.1f} %{:>9.1f} %\n",
          policy.at("policy").get<std::string>(), number("step_ms") * 1e-3, number("speedup"),
          busy("least") * 1e-3, busy("most") * 1e-3, number("exposed_share") * 100,
          number("waiting_share") * 100);
  }
  print("\nComputed from the profile, not measured. It does not predict:\n");
  for (const auto& sentence : json.at("not_predicted")) {
    print("  - {}\n", sentence.get<std::string>());
  }
}

}  // namespace

int run_simulate(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle simulate");
  flags.add_text("set", "draw lengths like those of a published set: byted-2m, github-256k, ...",
                 "NAME");
  flags.add_text("tokens", "with --set: tokens of the step, such as 32M", "COUNT");
  flags.add_number("seed", "with --set: another step of the same set", "N", 1);
  flags.add_number("ranks", "how many ranks there are", "N", 0);
  flags.add_number("capacity", "tokens that a rank holds in a micro-batch", "C", 0);
  flags.add_text("longest",
                 "tokens that the static mesh is made for; default: the set's longest, or the "
                 "step's",
                 "COUNT");
  flags.add_text("profile", "what things cost: a built-in's name, or a JSON file (--json shows it)",
                 "NAME|FILE", "bytescale-7b");
  flags.add_switch("json", "all figures, and the profile with its sources");
  const Parsed parsed = parse(verb, flags, arguments, 0, 1);
  if (parsed.help) return kExitDone;
  check_options(parsed);
  const Context context = make_context(parsed);
  const Step step = step_of(parsed, context);
  Text text;
  const auto simulate = [&] {
    check(raddle_mesh_simulate(context.get(), step.lengths.data(),
                               static_cast<int64_t>(step.lengths.size()), parsed.number("ranks"),
                               parsed.number("capacity"), step.longest,
                               parsed.text("profile").c_str(), text.out()));
  };
  if (parsed.positional.empty()) {
    simulate();
  } else {
    with_lines_named(parsed.positional.front(), simulate);
  }
  if (parsed.has("json")) {
    print("{}\n", text.get());
  } else {
    print_outcomes(parse_json(text.get()));
  }
  return kExitDone;
}

}  // namespace raddle::cli
