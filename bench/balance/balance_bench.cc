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
#include "runtime/balance/post_balance.h"
#include "runtime/base/clock.h"
#include "runtime/simulate/length_sets.h"

namespace {

namespace balance = raddle::balance;
namespace simulate = raddle::simulate;
using raddle::simulate::LengthSet;

constexpr int64_t kCapacity = 8192;

struct Case {
  LengthSet set;
  int64_t context, ranks, tokens_per_rank;
};

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[std::min(values.size() - 1,
                         static_cast<size_t>(share * static_cast<double>(values.size())))];
}

double ratio_of(int64_t a, int64_t b) { return static_cast<double>(a) / static_cast<double>(b); }

// A row of the table for each kind of figure: median, p90 and worst of it, and what planning took.
struct Figures {
  std::vector<double> ratios, others, ms;
  size_t sequences = 0;
};

void print_row(const Case& c, const Figures& f, double other_share) {
  fmt::print(
      "{:9} {:>5}K {:>6} {:>4}K {:>7} | {:.4f} {:.4f} {:.4f} | {:5.2f} {:5.2f} | {:6.1f} {:6.1f}\n",
      simulate::length_set_name(c.set), c.context / 1024, c.ranks, c.tokens_per_rank / 1024,
      f.sequences, percentile(f.ratios, .5), percentile(f.ratios, .9), percentile(f.ratios, 1),
      percentile(f.others, .5), percentile(f.others, other_share), percentile(f.ms, .5),
      percentile(f.ms, .99));
}

// What a plan came to: its ratio to the bound, and the other figure of its table.
struct Outcome {
  double ratio = 0, other = 0;
};

// Plans each seed's lengths; only plan(lengths) is timed, outcome(plan, lengths) looks at what it
// gave.
template <class Plan, class Look>
bool run(const Case& c, int64_t seeds, double other_share, const Plan& plan, const Look& outcome) {
  Figures f;
  for (int64_t seed = 0; seed < seeds; ++seed) {
    const auto lengths = simulate::draw_lengths(c.set, c.context, c.ranks * c.tokens_per_rank,
                                                static_cast<uint64_t>(seed));
    f.sequences = std::max(f.sequences, lengths.size());
    const int64_t begin = raddle::now_ns();
    const auto planned = plan(lengths);
    f.ms.push_back(ratio_of(raddle::now_ns() - begin, 1'000'000));
    const raddle::StatusOr<Outcome> seen =
        planned.is_ok() ? outcome(*planned, lengths) : planned.status();
    if (!seen.is_ok()) {
      fmt::print(stderr, "no plan: {}\n", seen.status().to_string());
      return false;
    }
    f.ratios.push_back(seen->ratio);
    f.others.push_back(seen->other);
  }
  print_row(c, f, other_share);
  return true;
}

using Lengths = std::vector<int64_t>;

bool run_hybrid(const Case& c, int64_t seeds) {
  const balance::CostModel costs;
  return run(
      c, seeds, 0,
      [&](const Lengths& lengths) {
        return balance::plan_hybrid(costs, lengths, c.ranks, kCapacity);
      },
      [](const balance::HybridPlan& plan, const Lengths& lengths) -> raddle::StatusOr<Outcome> {
        RADDLE_RETURN_IF_ERROR(balance::verify_plan(plan, lengths));
        return Outcome{ratio_of(plan.makespan_ps, plan.lower_bound_ps),
                       ratio_of(plan.static_kv_bytes, plan.kv_bytes)};
      });
}

bool run_post_balance(const Case& c, int64_t seeds) {
  const balance::CostModel costs;
  return run(
      c, seeds, 1,
      [&](const Lengths& lengths) {
        return balance::post_balance(costs, lengths, c.ranks, c.tokens_per_rank * 6 / 5);
      },
      [&](const balance::BalancedBatch& batch, const Lengths&) -> raddle::StatusOr<Outcome> {
        return Outcome{ratio_of(batch.most_work_ps, batch.lower_bound_ps),
                       ratio_of(batch.most_tokens, c.tokens_per_rank)};
      });
}

bool run_all_hybrid(int64_t seeds) {
  fmt::print("Hybrid data parallelism, capacity {}K\n", kCapacity / 1024);
  fmt::print(
      "set     context  ranks tokens   seqs | makespan / bound     | KV static   | planning ms\n");
  fmt::print(
      "                       a rank    max | median p90    max    | / plan, min | median  p99\n");
  for (const LengthSet set : {LengthSet::kByted, LengthSet::kGithub}) {
    for (const int64_t context : {256, 512, 1024, 2048}) {
      for (const int64_t ranks : {512, 1024, 4096, 12288}) {
        for (const int64_t tokens : {32, 64}) {
          if (!run_hybrid({set, context << 10, ranks, tokens << 10}, seeds)) return false;
        }
      }
    }
  }
  return true;
}

// Four contexts of tokens a rank, and a cap of a fifth over that.
bool run_all_post_balance(int64_t seeds) {
  fmt::print("\nPost-balancing, cap 1.2 of the mean of tokens\n");
  fmt::print("set     context  ranks tokens   seqs | most work / bound    | most tokens | ms\n");
  fmt::print(
      "                       a rank    max | median p90    max    | / mean, max | median  p99\n");
  for (const LengthSet set : {LengthSet::kByted, LengthSet::kGithub, LengthSet::kWikipedia}) {
    for (const int64_t context : {32, 128}) {
      for (const int64_t ranks : {8, 64, 256, 1024}) {
        if (!run_post_balance({set, context << 10, ranks, context << 12}, seeds)) return false;
      }
    }
  }
  return true;
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
  return run_all_hybrid(seeds) && run_all_post_balance(seeds) ? 0 : 1;
}
