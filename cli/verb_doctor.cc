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

// Where this process stands among the ranks of a job; what is wrong with it is part of the answer.
nlohmann::ordered_json place(const Context& context) {
  Text text;
  raddle_status_t status = raddle_world_place_json(context.get(), text.out());
  nlohmann::ordered_json json =
      raddle_status_code(status) == RADDLE_OK
          ? parse_json(text.get())
          : nlohmann::ordered_json{{"problem", raddle_status_message(status)}};
  raddle_status_destroy(&status);
  return json;
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
  nlohmann::ordered_json all = parse_json(text.get());
  all["place"] = place(context);
  if (parsed.has("json")) {
    print("{}\n", all.dump(2));
    return kExitDone;
  }
  print("{}", raddle_build_info());
  print_value("", all);
  return kExitDone;
}

}  // namespace raddle::cli
