// SPDX-License-Identifier: Apache-2.0
// raddle plan: what a run will need and do, before it runs.
#include <fmt/core.h>

#include <string>

#include "cli/memory_table.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace raddle::cli {

int run_plan(const Verb& verb, std::span<char* const> arguments) {
  cxxopts::Options options("raddle plan");
  add_set_option(options);
  add_gpu_option(options);
  options.add_options()("explain", "instructions, memory and kernels with the reasons for them");
  options.add_options()("json", "the same for programs");
  options.add_options()("memory", "the memory that the run must fit into, such as 2GiB",
                        cxxopts::value<std::string>(), "SIZE");
  const Parsed parsed = parse(verb, options, arguments, 1, 1);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  const Config config = make_config(parsed, parsed.positional.front());
  set_gpu(parsed, config);
  if (parsed.options.count("memory") > 0) {
    set_option(config, "runtime.memory_limit", parsed.options["memory"].as<std::string>());
  }
  Plan plan;
  check(raddle_plan_create(context.get(), config.get(), nullptr, plan.out()));
  Text text;
  if (parsed.options.count("json") > 0) {
    raddle_memory_table_t table = RADDLE_MEMORY_TABLE_INIT;
    check(raddle_plan_get_memory(plan.get(), &table));
    check(raddle_plan_to_json(plan.get(), text.out()));
    print("{}\n", text.get());
    return table.missing_bytes == 0 ? kExitDone : kExitSystem;
  }
  if (parsed.options.count("explain") > 0) {
    check(raddle_plan_explain(plan.get(), text.out()));
    print("{}", text.get());
    return print_memory_fit(plan);
  }
  return print_memory_table(plan);
}

}  // namespace raddle::cli
