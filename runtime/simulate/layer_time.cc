// SPDX-License-Identifier: Apache-2.0
#include "runtime/simulate/layer_time.h"

#include <algorithm>
#include <array>

namespace raddle::simulate {
namespace {

__extension__ using Int128 = __int128;

struct Sums {
  Int128 attention_fs = 0;  // of all sequences, on one rank
  int64_t tokens = 0;
};

Sums sums_of(const Profile& profile, std::span<const int64_t> lengths) {
  Sums sums;
  for (const int64_t length : lengths) {
    sums.attention_fs +=
        static_cast<Int128>(length) * length * profile.costs.attention_fs_per_token2;
    sums.tokens += length;
  }
  return sums;
}

int64_t ps_of(Int128 fs, int64_t divisor) {
  const Int128 parts = static_cast<Int128>(divisor) * 1000;
  return static_cast<int64_t>(std::min<Int128>((fs + parts - 1) / parts, balance::kMaxWorkPs));
}

// Of all layers, a pass of the given share of the forward pass in permille.
struct Pass {
  int64_t attention, linear, hop;
};

std::array<Pass, 2> passes_of(const Profile& profile) {
  return {{{1000, 1000, 1000},
           {profile.backward_attention_permille, profile.backward_linear_permille,
            profile.backward_hop_permille}}};
}

int64_t scaled(const Profile& profile, int64_t layer_ps, int64_t permille) {
  const Int128 time = static_cast<Int128>(layer_ps) * profile.layers * permille / 1000;
  return static_cast<int64_t>(std::min<Int128>(time, balance::kMaxWorkPs));
}

}  // namespace

int64_t micro_batch_ps(const Profile& profile) {
  int64_t time = 0;
  for (const Pass& pass : passes_of(profile)) {
    time += scaled(profile, profile.costs.micro_batch_ps, pass.linear);
  }
  return time;
}

ItemTime ring_time(const Profile& profile, std::span<const int64_t> lengths, int64_t degree,
                   const balance::LinkClass& link) {
  const balance::CostModel& costs = profile.costs;
  const Sums sums = sums_of(profile, lengths);
  const int64_t part = balance::ceil_div(sums.tokens, degree);
  const int64_t block = ps_of(sums.attention_fs, degree * degree);
  const int64_t hop = degree > 1 ? link.latency_ps + link.ps_per_token * part : 0;
  ItemTime time;
  time.compute_ps = micro_batch_ps(profile);
  for (const Pass& pass : passes_of(profile)) {
    const int64_t attention = scaled(profile, block * degree, pass.attention);
    const int64_t exposed =
        std::max<int64_t>(scaled(profile, hop * (degree - 1), pass.hop) -
                              scaled(profile, block * (degree - 1), pass.attention),
                          0);
    time.compute_ps += attention + scaled(profile, costs.linear_ps_per_token * part, pass.linear);
    time.exposed_ps += exposed;
    if (exposed > 0) time.transfer_bound_ps += attention + exposed;
  }
  return time;
}

ItemTime all_to_all_time(const Profile& profile, std::span<const int64_t> lengths, int64_t degree) {
  const balance::CostModel& costs = profile.costs;
  const Sums sums = sums_of(profile, lengths);
  ItemTime time;
  time.compute_ps = micro_batch_ps(profile);
  for (const Pass& pass : passes_of(profile)) {
    time.compute_ps +=
        scaled(profile, ps_of(sums.attention_fs, degree), pass.attention) +
        scaled(profile, costs.linear_ps_per_token * balance::ceil_div(sums.tokens, degree),
               pass.linear);
  }
  time.exposed_ps = costs.all_to_all.time_ps(sums.tokens, degree);
  time.transfer_bound_ps = time.exposed_ps;
  return time;
}

}  // namespace raddle::simulate
