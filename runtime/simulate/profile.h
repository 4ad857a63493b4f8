// SPDX-License-Identifier: Apache-2.0
// What a machine and a model cost, with where each number is from. Built-in profiles hold the
// figures of published runs; a user's is a JSON file (profile_file.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/balance/cost_model.h"

namespace raddle::simulate {

// Once a step, over all ranks: gradients are reduced, parameters gathered.
struct GradientSync {
  int64_t bytes = 0;  // that a rank sends
  int64_t bytes_per_second = 0;
  int64_t latency_ps = 0;  // of a message, of which there are 2 log2(ranks)
  friend bool operator==(const GradientSync&, const GradientSync&) = default;
};

struct Profile {
  std::string name;
  std::vector<std::string> sources;  // sentences: which number is from where
  balance::CostModel costs;          // of `layers` equal parts of the model, forward
  int64_t layers = 1;
  // What the backward pass takes, of the forward pass; all 0 where the costs are of both. Attention
  // has five products for two, all else two for one; a hop carries gradients of keys and values
  // too.
  int64_t backward_attention_permille = 2300, backward_linear_permille = 2000;
  int64_t backward_hop_permille = 2000;
  // Hops in the groups of a mesh that is made once, if they are not those of `costs.links`.
  std::optional<balance::LinkClass> static_link;
  GradientSync gradients;
  friend bool operator==(const Profile&, const Profile&) = default;

  Status validate() const;
  // Attention exchanges heads for tokens, where the costs have that; else keys and values go round
  // a ring. Bytes of all-to-all are of all layers, forward and backward.
  bool exchanges_heads() const { return costs.all_to_all.used(); }
  int64_t gradient_ps(int64_t ranks) const;
};

std::span<const Profile> built_in_profiles();
const Profile* built_in_profile(std::string_view name);  // null: there is none
std::string built_in_names();                            // "a, b, c"

}  // namespace raddle::simulate
