// SPDX-License-Identifier: Apache-2.0
// raddle ckpt: checkpoints on disk.
#include <fmt/core.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/output.h"
#include "cli/signals.h"
#include "cli/units.h"
#include "cli/verbs.h"

namespace raddle::cli {

namespace {

struct Listing {
  bool json;
  int64_t count = 0, bad = 0;
};

void print_json(const raddle_checkpoint_info_t& info) {
  const nlohmann::ordered_json line = {{"path", info.path},
                                       {"step", info.step},
                                       {"bytes", info.bytes},
                                       {"good", info.good != 0},
                                       {"problem", info.problem},
                                       {"branch", info.branch},
                                       {"in_force", info.in_force != 0}};
  write_output(json_line(line));
}

int32_t print_checkpoint(void* user_data, const raddle_checkpoint_info_t* info) {
  auto* listing = static_cast<Listing*>(user_data);
  ++listing->count;
  // What was set aside may have been because it is damaged; what is being written is no damage.
  const bool counts = info->in_force != 0 && info->half_written == 0;
  listing->bad += info->good == 0 && counts ? 1 : 0;
  if (listing->json) {
    print_json(*info);
    return 0;
  }
  if (listing->count == 1) {
    print("{:>10} {:>12}  {:<10} {}\n", "step", "size", "branch", "path");
  }
  print("{:>10} {:>12}  {:<10} {}{}{}{}\n", info->step, human_bytes(info->bytes), info->branch,
        info->path, info->in_force != 0 ? "" : "  (set aside)",
        info->good != 0 ? "" : "  BAD: ", info->problem);
  return 0;
}

int list(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle ckpt ls");
  flags.add_switch("json", "one JSON object per line");
  const Parsed parsed = parse(verb, flags, arguments, 1, 1);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  Listing listing{parsed.has("json")};
  check(raddle_checkpoint_list(context.get(), parsed.positional.front().c_str(), &print_checkpoint,
                               &listing));
  return listing.bad == 0 ? kExitDone : kExitData;
}

int verify(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle ckpt verify");
  const Parsed parsed = parse(verb, flags, arguments, 1, 1);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  const StopOnSignal stop(OnStop::kDrop);
  Text report;
  check(raddle_checkpoint_verify(context.get(), parsed.positional.front().c_str(), stop.get(),
                                 report.out()));
  print("{}\n", report.get());
  return kExitDone;
}

int do_export(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle ckpt export");
  flags.add_text("to", "format: hf", "FORMAT", "hf");
  flags.add_text("out", "directory to write", "PATH");
  const Parsed parsed = parse(verb, flags, arguments, 1, 1);
  if (parsed.help) return kExitDone;
  if (!parsed.has("out")) throw Failure(kExitUsage, "ckpt export needs --out PATH");
  const Context context = make_context(parsed);
  const StopOnSignal stop(OnStop::kDrop);
  const auto out = parsed.text("out");
  check(raddle_checkpoint_export(context.get(), parsed.positional.front().c_str(),
                                 parsed.text("to").c_str(), out.c_str(), stop.get()));
  print("{}\n", out);
  return kExitDone;
}

}  // namespace

int run_ckpt(const Verb&, std::span<char* const> arguments) {
  static constexpr std::array kVerbs = {
      Verb{"ckpt ls", "RUN [--json]",
           "list the checkpoints of a run: what was set aside, then the branch in force", &list},
      Verb{"ckpt verify", "RUN_OR_CKPT", "read every byte and compare the checksums", &verify},
      Verb{"ckpt export", "RUN_OR_CKPT --to hf --out PATH", "write a model for other tools",
           &do_export},
  };
  return dispatch("raddle ckpt", kVerbs, arguments.subspan(1));
}

}  // namespace raddle::cli
