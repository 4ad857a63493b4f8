// SPDX-License-Identifier: Apache-2.0
// Simulated steps on length sets like published ones, beside what was published of the real ones.
//   simulate_bench [STEPS]
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/simulate/length_sets.h"
#include "runtime/simulate/simulate.h"

namespace {

namespace simulate = raddle::simulate;
using raddle::simulate::LengthSet;

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

struct Case {
  const char* profile;
  LengthSet set;
  int64_t context, ranks, capacity, tokens;
};

// A row for each policy: means over the steps. How much faster is a ratio of mean steps, as
// published ones are.
bool run(const Case& c, int64_t steps) {
  struct Figures {
    std::vector<double> step, speedup, least, most, exposed, waiting, bound;
  };
  std::vector<Figures> figures;
  std::vector<std::string> names;
  for (const auto& lengths : simulate::draw_steps(c.set, c.context, c.tokens, steps, 1)) {
    const auto outcomes = simulate::simulate(*simulate::built_in_profile(c.profile), lengths,
                                             c.ranks, c.capacity, c.context);
    if (!outcomes.is_ok()) {
      fmt::print(stderr, "{}\n", outcomes.status().to_string());
      return false;
    }
    figures.resize(outcomes->size());
    names.resize(outcomes->size());
    for (size_t i = 0; i < outcomes->size(); ++i) {
      const simulate::Outcome& outcome = (*outcomes)[i];
      names[i] = outcome.policy;
      figures[i].step.push_back(static_cast<double>(outcome.step_ps) * 1e-12);
      figures[i].speedup.push_back(outcome.speedup);
      figures[i].least.push_back(outcome.busy.least_ps * 1e-12);
      figures[i].most.push_back(outcome.busy.most_ps * 1e-12);
      figures[i].exposed.push_back(outcome.exposed_share);
      figures[i].waiting.push_back(outcome.waiting_share);
      figures[i].bound.push_back(outcome.transfer_bound_share);
    }
  }
  for (size_t i = 0; i < figures.size(); ++i) {
    const Figures& f = figures[i];
    fmt::print(
        "{:11} {:>5}K {:>6} {:8} | {:7.2f} {:6.3f} | {:6.1f} {:6.1f} | {:5.3f} {:5.3f} {:5.3f}\n",
        simulate::length_set_name(c.set), c.context >> 10, c.ranks, names[i], mean(f.step),
        mean(figures[0].step) / mean(f.step), mean(f.least), mean(f.most), mean(f.exposed),
        mean(f.waiting), mean(f.bound));
  }
  return true;
}

bool run_all(int64_t steps) {
  fmt::print(
      "set         context  ranks policy   | step s  faster | rank s, least, most | exposed "
      "waits bound\n");
  for (const LengthSet set : {LengthSet::kByted, LengthSet::kGithub}) {
    for (const int64_t context : {256, 512, 1024, 2048}) {
      if (!run({"bytescale-7b", set, context << 10, 512, 8192, int64_t{32} << 20}, steps)) {
        return false;
      }
    }
  }
  for (const int64_t ranks : {1024, 4096, 12'288}) {
    if (!run({"bytescale-7b", LengthSet::kByted, int64_t{2} << 20, ranks, 8192, ranks << 16},
             std::min<int64_t>(steps, 5))) {
      return false;
    }
  }
  for (const int64_t context : {192, 384}) {
    if (!run({"flexsp-7b", LengthSet::kCommonCrawl, context << 10, 64, 8192, 512 * 4800}, steps)) {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  int64_t steps = 10;
  if (argc > 1) {
    const std::string_view text = argv[1];
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), steps);
    if (parsed.ec != std::errc() || steps < 1) {
      fmt::print(stderr, "simulate_bench [STEPS]: STEPS is {}, expected a number from 1\n", text);
      return 2;
    }
  }
  return run_all(steps) ? 0 : 1;
}
