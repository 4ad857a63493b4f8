// SPDX-License-Identifier: Apache-2.0
// raddle doctor: what this machine offers, for bug reports and for those who wonder why it is slow.
#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/output.h"
#include "cli/verbs.h"

namespace raddle::cli {

namespace {

void print_value(const std::string& name, const nlohmann::ordered_json& value) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      print_value(name.empty() ? key : name + "." + key, inner);
    }
    return;
  }
  print("{:<28} {}\n", name, plain_text(value));
}

}  // namespace

int run_doctor(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle doctor");
  flags.add_switch("json", "for programs");
  const Parsed parsed = parse(verb, flags, arguments, 0, 0);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  Text text;
  check(raddle_context_describe(context.get(), text.out()));
  if (parsed.has("json")) {
    print("{}\n", text.get());
    return kExitDone;
  }
  print("{}", raddle_build_info());
  print_value("", parse_json(text.get()));
  return kExitDone;
}

}  // namespace raddle::cli
