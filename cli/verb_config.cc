// SPDX-License-Identifier: Apache-2.0
// raddle config: what the options of a run are, and where each value comes from.
#include <fmt/core.h>

#include <array>
#include <string>

#include "cli/output.h"
#include "cli/verbs.h"

namespace raddle::cli {

namespace {

raddle_option_info_t option_info(int64_t index) {
  raddle_option_info_t info = RADDLE_OPTION_INFO_INIT;
  check(raddle_option_get_info(index, &info));
  return info;
}

int show(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle config show");
  add_set_option(flags);
  flags.add_switch("origin", "say where each value comes from");
  flags.add_switch("changed", "only what is not at its default");
  const Parsed parsed = parse(verb, flags, arguments, 0, 1);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  const Config config =
      make_config(parsed, parsed.positional.empty() ? "" : parsed.positional.front());
  check(raddle_config_validate(config.get()));
  check(raddle_config_fill_model(config.get()));
  Text toml;
  check(raddle_config_to_toml(config.get(), toml.out()));
  // One line of TOML per option, in the order of the table.
  std::string_view rest = toml.get();
  for (int64_t i = 0; i < raddle_option_count(); ++i) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const char* origin = nullptr;
    check(raddle_config_get_origin(config.get(), option_info(i).key, &origin));
    if (parsed.has("changed") && std::string_view(origin) == "default") continue;
    if (parsed.has("origin")) {
      print("{:<52} # {}\n", line, origin);
    } else {
      print("{}\n", line);
    }
  }
  return kExitDone;
}

int schema(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle config schema");
  const Parsed parsed = parse(verb, flags, arguments, 0, 0);
  if (parsed.help) return kExitDone;
  print(
      "# KEY = DEFAULT\n"
      "#     MEANING (type, unit; class; environment variable)\n"
      "# A class says what another value means when a run is resumed:\n"
      "#   model    part of what was trained: the resume is refused\n"
      "#   run      holds from that step on, and is recorded with it\n"
      "#   process  never changes a result, and leaves no record\n"
      "# On the command line and in the environment a list is names parted by commas "
      "(a.txt,b.txt);\n"
      "# a name that holds a comma is written as in a recipe ([\"a,b.txt\"]), or stands for "
      "itself\n"
      "# where there is such a file. \\n, \\t, \\\\ and so on in a string are what they are in a "
      "recipe.\n");
  for (int64_t i = 0; i < raddle_option_count(); ++i) {
    const raddle_option_info_t info = option_info(i);
    std::string kind = info.type;
    if (*info.accepts != '\0') kind += fmt::format(" {}", info.accepts);
    if (*info.unit != '\0') kind += fmt::format(", {}", info.unit);
    print("{} = {}\n    {} ({}; {}; {})\n", info.key,
          *info.default_value == '\0' ? "\"\"" : info.default_value, info.help, kind, info.change,
          info.environment);
  }
  return kExitDone;
}

}  // namespace

int run_config(const Verb&, std::span<char* const> arguments) {
  static constexpr std::array kVerbs = {
      Verb{"config show", "[RECIPE] [--origin] [--changed] [--set KEY=VALUE]...",
           "every option with its value", &show},
      Verb{"config schema", "", "every option with its type, default and meaning", &schema},
  };
  return dispatch("raddle config", kVerbs, arguments.subspan(1));
}

}  // namespace raddle::cli
