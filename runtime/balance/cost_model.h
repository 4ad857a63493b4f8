// SPDX-License-Identifier: Apache-2.0
// What a sequence costs: T(s) = a s^2 + b s + g, for one layer's forward pass, cut over ranks or
// not.
//
// Coefficients are integers, so ranks that have the same ones make the same plan on any machine; a
// fit is rounded to them once, and a plan's hash covers them. Only ratios matter to a plan, so one
// layer stands for all, and the forward pass for both.
//
// On D ranks in a ring each rank computes D blocks of (s / D)^2, and while it computes one it sends
// the keys and values of s / D tokens on. The first block needs no transfer, each other one takes
// the longer of the two.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::balance {

inline constexpr int64_t kMaxTokens = int64_t{1} << 31;     // of a sequence, a rank's capacity
inline constexpr int64_t kMaxRanks = int64_t{1} << 20;      // of a plan
inline constexpr int64_t kMaxSequences = int64_t{1} << 26;  // of a step
inline constexpr int64_t kMaxWorkPs = int64_t{1} << 60;     // of a step, all ranks: 13 days

// One kind of link. Ranks r with the same r / ranks reach each other over it; 0 ranks: all do.
struct LinkClass {
  std::string name;
  int64_t ranks = 0;
  int64_t latency_ps = 0;    // of a hop
  int64_t ps_per_token = 0;  // of a token's keys and values, one layer
  friend bool operator==(const LinkClass&, const LinkClass&) = default;
};

// Heads exchanged for tokens before and after attention (Ulysses), in place of a ring. Bytes are of
// all that `CostModel` prices, so of one layer's forward pass where that is.
struct Bandwidth {
  int64_t ranks = 0;             // of a group of at most so many
  int64_t bytes_per_second = 0;  // that each of them sends
  friend bool operator==(const Bandwidth&, const Bandwidth&) = default;
};
struct AllToAll {
  int64_t bytes_per_token = 0;
  std::vector<Bandwidth> groups;  // by ranks, fewest first; the last is for larger ones too
  friend bool operator==(const AllToAll&, const AllToAll&) = default;

  bool used() const { return !groups.empty() || bytes_per_token != 0; }
  Status validate() const;
  int64_t time_ps(int64_t tokens, int64_t degree) const;
};

// The defaults are those of a published run: LLaMA-7B in ByteScale's Fig. 18a, where 8192 tokens a
// rank take 2.8 ms of attention a hop and 9.5 ms in all else, and a hop between nodes takes 1.5 ms
// with 1.2K tokens and 1.9 ms with 8K. Inside a node we assume 100 GB/s and 20 us. 8 groups of keys
// and values of 128 BF16 elements are 4096 bytes a token.
struct CostModel {
  int64_t attention_fs_per_token2 = 41'723;  // a: femtoseconds
  int64_t linear_ps_per_token = 1'159'668;   // b: picoseconds
  int64_t micro_batch_ps = 50'000'000;       // g: of each micro-batch on each of its ranks
  int64_t kv_bytes_per_token = 4'096;
  int64_t activation_bytes_per_token = 0;  // what a rank keeps of a token until its backward pass
  int64_t activation_limit_bytes = 0;      // 0: unlimited
  // By ranks, fewest first; the last reaches all.
  std::vector<LinkClass> links = {{"node", 8, 20'000'000, 40'960},
                                  {"network", 0, 1'430'000'000, 58'800}};
  AllToAll all_to_all;  // read by plan_groups() and exchanged_ps()
  friend bool operator==(const CostModel&, const CostModel&) = default;

  Status validate() const;
  uint64_t hash() const;

  // A sequence that is not cut, without g.
  int64_t whole_ps(int64_t tokens) const;
  // A sequence cut over `degree` ranks of a link, its slowest rank, without g.
  int64_t split_ps(int64_t tokens, int64_t degree, const LinkClass& link) const;
  // The same with heads exchanged for tokens before attention and back behind it, which nothing
  // overlaps; `heads_per_kv` heads of queries to one of keys. By all_to_all, where that is given.
  int64_t exchanged_ps(int64_t tokens, int64_t degree, int64_t heads_per_kv,
                       const LinkClass& link) const;
  // The fastest link that so many ranks can share, and that these ranks do.
  const LinkClass& best_link(int64_t degree) const;
  const LinkClass& link_of(std::span<const int32_t> ranks) const;
};

// What can be planned for; says which sequence cannot, from 1 on. The first also holds the capacity
// to the limit of activations.
Status check_step(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks,
                  int64_t capacity);
Status check_lengths(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks,
                     int64_t capacity);

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace raddle::balance
