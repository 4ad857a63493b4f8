// SPDX-License-Identifier: Apache-2.0
// raddle plan: what a run will need and do, before it runs.
#include <fmt/core.h>

#include <string>

#include "cli/memory_table.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace raddle::cli {

int run_plan(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle plan");
  add_set_option(flags);
  add_gpu_option(flags);
  flags.add_switch("explain", "instructions, memory and kernels with the reasons for them");
  flags.add_switch("json", "the same for programs");
  flags.add_text("memory", "the memory that the run must fit into, such as 2GiB", "SIZE");
  const Parsed parsed = parse(verb, flags, arguments, 1, 1);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  const Config config = make_config(parsed, parsed.positional.front());
  set_gpu(parsed, config);
  if (parsed.has("memory")) {
    set_option(config, "runtime.memory_limit", parsed.text("memory"));
  }
  Plan plan;
  check(raddle_plan_create(context.get(), config.get(), nullptr, plan.out()));
  Text text;
  if (parsed.has("json")) {
    raddle_memory_table_t table = RADDLE_MEMORY_TABLE_INIT;
    check(raddle_plan_get_memory(plan.get(), &table));
    check(raddle_plan_to_json(plan.get(), text.out()));
    print("{}\n", text.get());
    return table.missing_bytes == 0 ? kExitDone : kExitSystem;
  }
  if (parsed.has("explain")) {
    check(raddle_plan_explain(plan.get(), text.out()));
    print("{}", text.get());
    return print_memory_fit(plan);
  }
  return print_memory_table(plan);
}

}  // namespace raddle::cli
