// SPDX-License-Identifier: Apache-2.0
// raddle plan: what a run will need and do, before it runs; with --mesh, on which ranks a step's
// sequences are computed.
#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/memory_table.h"
#include "cli/mesh_lengths.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace raddle::cli {
namespace {

void add_mesh_options(Flags& flags) {
  flags.add_text("mesh",
                 "plan the mesh of a step, in place of a recipe: a file with the tokens of one "
                 "sequence a line",
                 "LENGTHS.txt");
  flags.add_number("ranks", "with --mesh: how many ranks there are", "N", 0);
  flags.add_number("capacity", "with --mesh: tokens that a rank holds in a micro-batch", "C", 0);
  flags.add_text("cost", "with --mesh: a cost model (JSON; --json shows the one in force)", "FILE");
  flags.add_text("groups",
                 "with --mesh: attention exchanges heads, and each micro-batch has groups of this "
                 "kind of size; --cost needs all_to_all then",
                 "powers|any");
}

// What makes no sense without --mesh, or with it.
void check_mesh_options(const Parsed& parsed) {
  const bool mesh = parsed.has("mesh");
  for (const char* flag : {"ranks", "capacity", "cost", "groups"}) {
    if (!mesh && parsed.has(flag)) {
      throw Failure(kExitUsage,
                    fmt::format("--{} is for --mesh LENGTHS.txt, which is not given", flag));
    }
  }
  if (!mesh && parsed.positional.empty()) {
    throw Failure(kExitUsage, "raddle plan needs a RECIPE, or --mesh LENGTHS.txt");
  }
  if (!mesh) return;
  for (const char* flag : {"ranks", "capacity"}) {
    if (!parsed.has(flag)) throw Failure(kExitUsage, fmt::format("--mesh needs --{} too", flag));
  }
  const std::string groups = parsed.text("groups");
  if (parsed.has("groups") && groups != "powers" && groups != "any") {
    throw Failure(kExitUsage, fmt::format("--groups is '{}', expected powers or any", groups));
  }
  if (parsed.has("groups") && !parsed.has("cost")) {
    throw Failure(kExitUsage, "--groups needs --cost too: a cost model with all_to_all");
  }
  for (const char* flag : {"set", "gpu", "memory"}) {
    if (parsed.has(flag)) {
      throw Failure(kExitUsage, fmt::format("--{} is for a recipe, and --mesh plans none", flag));
    }
  }
  if (!parsed.positional.empty()) {
    throw Failure(kExitUsage, fmt::format("--mesh takes the place of a recipe; remove '{}'",
                                          parsed.positional.front()));
  }
}

void print_mesh(const std::string& text) {
  const nlohmann::ordered_json mesh = parse_json(text);
  const auto number = [&](const char* key) { return mesh.at(key).get<double>(); };
  const auto count = [&](const char* key) { return mesh.at(key).get<int64_t>(); };
  print("{} sequences, {} tokens, on {} ranks of {} tokens\n", count("sequences"), count("tokens"),
        count("ranks"), count("capacity"));
  print("  {} of them are cut, {} micro-batches\n", count("groups"), count("micro_batches"));
  print("  makespan     {:.4f} ms a layer forward, {:.4f} of the lower bound, {:.4f} ms\n",
        number("makespan"), number("makespan") / number("lower_bound"), number("lower_bound"));
  print("  keys, values {} bytes a layer forward; a static mesh of {} ranks sends {}\n",
        count("kv_bytes"), count("static_degree"), count("kv_bytes_static"));
  print("  planned in   {:.2f} ms, hash {}\n", number("planning_ms"),
        mesh.at("hash").get<std::string>());
}

// "<32, 16 x 2>": groups of one micro-batch.
std::string shape_text(const nlohmann::ordered_json& degrees) {
  std::string text;
  for (size_t i = 0; i < degrees.size();) {
    size_t same = i;
    while (same < degrees.size() && degrees[same] == degrees[i]) ++same;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", degrees[i].get<int64_t>());
    if (same - i > 1) text += fmt::format(" x {}", same - i);
    i = same;
  }
  return "<" + text + ">";
}

void print_groups(const std::string& text) {
  const nlohmann::ordered_json mesh = parse_json(text);
  const auto number = [&](const char* key) { return mesh.at(key).get<double>(); };
  const auto count = [&](const char* key) { return mesh.at(key).get<int64_t>(); };
  print("{} sequences, {} tokens, on {} ranks of {} tokens\n", count("sequences"), count("tokens"),
        count("ranks"), count("capacity"));
  print("  {} micro-batches, {} groups of ranks:", count("micro_batches"), count("groups"));
  for (const auto& shape : mesh.at("shapes")) print(" {}", shape_text(shape));
  print("\n  time         {:.4f} ms; {:.4f} ms with groups of one size\n", number("time_ms"),
        number("equal_groups_ms"));
  print("  planned in   {:.2f} ms, hash {}\n", number("planning_ms"),
        mesh.at("hash").get<std::string>());
}

// The library's plan of the lengths, as JSON.
Text mesh_text(const Parsed& parsed, const std::vector<int64_t>& lengths) {
  const std::string cost = parsed.text("cost");
  const Context context = make_context(parsed);
  const auto length_count = static_cast<int64_t>(lengths.size());
  Text text;
  if (parsed.has("groups")) {
    check(raddle_mesh_plan_groups(context.get(), lengths.data(), length_count,
                                  parsed.number("ranks"), parsed.number("capacity"),
                                  parsed.text("groups") == "any", cost.c_str(),
                                  parsed.has("explain"), text.out()));
  } else {
    check(raddle_mesh_plan(context.get(), lengths.data(), length_count, parsed.number("ranks"),
                           parsed.number("capacity"), parsed.has("cost") ? cost.c_str() : nullptr,
                           parsed.has("explain"), text.out()));
  }
  return text;
}

int plan_mesh(const Parsed& parsed) {
  const std::string path = parsed.text("mesh");
  const std::vector<int64_t> lengths = read_lengths(path);
  Text text;
  with_lines_named(path, [&] { text = mesh_text(parsed, lengths); });
  if (parsed.has("json")) {
    print("{}\n", text.get());
  } else if (parsed.has("groups")) {
    print_groups(text.get());
  } else {
    print_mesh(text.get());
  }
  return kExitDone;
}

}  // namespace

int run_plan(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle plan");
  add_set_option(flags);
  add_gpu_option(flags);
  flags.add_switch("explain", "instructions, memory and kernels with the reasons for them");
  flags.add_switch(
      "json", "the same for programs; with --mesh and --explain, each rank's micro-batches too");
  flags.add_text("memory", "the memory that the run must fit into, such as 2GiB", "SIZE");
  add_mesh_options(flags);
  const Parsed parsed = parse(verb, flags, arguments, 0, 1);
  if (parsed.help) return kExitDone;
  check_mesh_options(parsed);
  if (parsed.has("mesh")) return plan_mesh(parsed);
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
