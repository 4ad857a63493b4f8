// SPDX-License-Identifier: Apache-2.0
// Plans of meshes on length sets like published ones, beside their lower bounds, and what planning
// takes on one core.
//   balance_bench [SEEDS]
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "runtime/balance/hybrid.h"
#include "runtime/base/clock.h"
#include "tests/support/length_sets.h"

namespace {

namespace balance = raddle::balance;
namespace test = raddle::test;
using test::LengthSet;

struct Case {
  LengthSet set;
  int64_t context, ranks, tokens_per_rank;
};

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[std::min(values.size() - 1,
                         static_cast<size_t>(share * static_cast<double>(values.size())))];
}

int run_hybrid(const Case& c, int64_t seeds) {
  const balance::CostModel costs;
  std::vector<double> ratios, kv, ms;
  size_t sequences = 0;
  for (int64_t seed = 0; seed < seeds; ++seed) {
    const auto lengths = test::draw_lengths(c.set, c.context, c.ranks * c.tokens_per_rank,
                                            static_cast<uint64_t>(seed));
    sequences = std::max(sequences, lengths.size());
    const int64_t begin = raddle::now_ns();
    const auto plan = balance::plan_hybrid(costs, lengths, c.ranks, 8192);
    ms.push_back(static_cast<double>(raddle::now_ns() - begin) * 1e-6);
    if (!plan.is_ok() || !balance::verify_plan(*plan, lengths).is_ok()) {
      fmt::print("{}\n", plan.status().to_string());
      return 1;
    }
    ratios.push_back(static_cast<double>(plan->makespan_ps) /
                     static_cast<double>(plan->lower_bound_ps));
    kv.push_back(static_cast<double>(plan->static_kv_bytes) / static_cast<double>(plan->kv_bytes));
  }
  fmt::print(
      "{:9} {:>5}K {:>6} {:>4}K {:>7} | {:.4f} {:.4f} {:.4f} | {:5.1f} {:5.1f} | {:6.1f} {:6.1f}\n",
      test::length_set_name(c.set), c.context / 1024, c.ranks, c.tokens_per_rank / 1024, sequences,
      percentile(ratios, .5), percentile(ratios, .9), percentile(ratios, 1), percentile(kv, .5),
      percentile(kv, 0), percentile(ms, .5), percentile(ms, .99));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int64_t seeds = 10;
  if (argc > 1) {
    const std::string_view text = argv[1];
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seeds);
    if (parsed.ec != std::errc() || seeds < 1) {
      fmt::print(stderr, "balance_bench [SEEDS]: SEEDS is {}, expected a number from 1\n", text);
      return 2;
    }
  }
  fmt::print(
      "set      context  ranks tokens seqs    | makespan / bound: median p90 max | KV static / "
      "plan: median min | ms: median p99\n");
  for (const LengthSet set : {LengthSet::kByted, LengthSet::kGithub}) {
    for (const int64_t context : {256, 512, 1024, 2048}) {
      for (const int64_t ranks : {512, 1024, 4096, 12288}) {
        for (const int64_t tokens : {32, 64}) {
          if (run_hybrid({set, context << 10, ranks, tokens << 10}, seeds) != 0) return 1;
        }
      }
    }
  }
  return 0;
}
