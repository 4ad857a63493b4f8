// SPDX-License-Identifier: Apache-2.0
// The figures of published runs. What is not published is said to be ours.
#include <array>
#include <vector>

#include "runtime/balance/cost_fit.h"
#include "runtime/simulate/profile.h"

namespace raddle::simulate {
namespace {

Profile bytescale_7b() {
  Profile profile;
  profile.name = "bytescale-7b";
  profile.sources = {
      "ByteScale (arXiv 2502.21231) Fig. 18a, LLaMA-7B with 8192 tokens a rank: a hop computes for "
      "2.8 ms (a = 41723 fs), all but attention takes 9.5 ms (b = 1159668 ps), a hop between any "
      "ranks takes 1.9 ms, one in a static group of 256 ranks 1.5 ms",
      "32 layers and 8 groups of keys and values of 128 BF16 elements, of the same paper",
      "ours: backward takes 2.3 of the forward pass in attention, 2.0 in all else and in hops; "
      "links inside a node of 8 ranks 100 GB/s and 20 us; 50 us a "
      "micro-batch; hops between nodes keep 1.43 ms whatever they carry",
      "ours: gradients of 3.5G parameters a rank (two ranks share the model) in 4 bytes, "
      "parameters "
      "in 2, over 25 GB/s; 20 us a message"};
  profile.layers = 32;
  profile.static_link = balance::LinkClass{"", 0, 1'500'000'000, 0};
  profile.gradients = {21'000'000'000, 25'000'000'000, 20'000'000};
  return profile;
}

// a and b from two lengths of ByteScale's Fig. 6a, so that the others are predictions.
Profile bytescale_fig6() {
  Profile profile = bytescale_7b();
  profile.name = "bytescale-fig6";
  constexpr int64_t kMs = 1'000'000'000;
  const std::array<balance::Measured, 2> attention = {
      {{16'384, 4 * kMs + 800'000'000}, {32'768, 14 * kMs + 100'000'000}}};
  const std::array<balance::Measured, 2> rest = {
      {{16'384, 3 * kMs + 600'000'000}, {32'768, 7 * kMs + 500'000'000}}};
  const balance::Fit quadratic = balance::fit_quadratic(attention).value();
  const balance::Fit linear = balance::fit_linear(rest).value();
  profile.costs.attention_fs_per_token2 = quadratic.attention_fs_per_token2;
  profile.costs.linear_ps_per_token = quadratic.linear_ps_per_token + linear.linear_ps_per_token;
  profile.sources.front() =
      "ByteScale (arXiv 2502.21231) Fig. 6a at 16K and 32K tokens: attention 4.8 and 14.1 ms, the "
      "rest 3.6 and 7.5 ms, fitted as a s^2 + b s and b s; a hop between any ranks 1.9 ms and one "
      "in a static group 1.5 ms from Fig. 18a";
  return profile;
}

struct FlexspModel {
  const char* name;
  int64_t a_fs, b_ps, micro_batch_ps, activation_bytes, layers, width;
};

// Costs are of the whole model, forward and backward.
Profile flexsp(const FlexspModel& model) {
  Profile profile;
  profile.name = model.name;
  profile.sources = {
      "FlexSP (arXiv 2412.01523), 64 A100-40G: a1, a2, b1 and bytes of activations a token as its "
      "code holds them (Hetu-Galvatron, branch flexsp, csrc/sequence_module.cpp)",
      "bytes of all-to-all 4 2 layers width 2 a token, of the same code; GB/s by ranks 2: 119.5, "
      "4: 104.1, 8: 96.5, and between nodes 16: 20.0, 32: 10.5, 64: 7.77, the second of its two "
      "tables",
      "layers and width are those of GPT-3's models of these sizes",
      "b1 holds what a micro-batch costs whatever is in it, gathering parameters too, so there is "
      "no gradient sync of its own"};
  profile.backward_attention_permille = profile.backward_linear_permille = 0;
  profile.backward_hop_permille = 0;
  profile.costs.attention_fs_per_token2 = model.a_fs;
  profile.costs.linear_ps_per_token = model.b_ps;
  profile.costs.micro_batch_ps = model.micro_batch_ps;
  profile.costs.activation_bytes_per_token = model.activation_bytes;
  profile.costs.all_to_all = {4 * 2 * model.layers * model.width * 2,
                              {{2, 119'500'000'000},
                               {4, 104'100'000'000},
                               {8, 96'500'000'000},
                               {16, 20'000'000'000},
                               {32, 10'500'000'000},
                               {64, 7'770'000'000}}};
  return profile;
}

}  // namespace

std::span<const Profile> built_in_profiles() {
  static const std::vector<Profile> kProfiles = {
      bytescale_7b(), bytescale_fig6(),
      flexsp({"flexsp-7b", 5'128'000, 183'960'000, 629'400'000'000, 4'480'000, 32, 4096}),
      flexsp({"flexsp-13b", 9'285'000, 306'020'000, 1'132'600'000'000, 4'220'000, 40, 5120}),
      flexsp({"flexsp-30b", 15'426'000, 803'570'000, 2'789'400'000'000, 3'420'000, 60, 6656})};
  return kProfiles;
}

}  // namespace raddle::simulate
