// SPDX-License-Identifier: Apache-2.0
// How much each token of a shard counts as a target, in runs of tokens of one weight. Masks are
// made of few long runs, a prompt's and an answer's, so they are held in memory as the ends of
// documents are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace raddle::data {

class TokenWeights {
 public:
  TokenWeights() = default;  // 1 for every token
  // Runs as they lie in a file: run i ends before token ends[i], strictly ascending, and as many
  // weights, finite and not negative.
  TokenWeights(std::vector<uint64_t> ends, std::vector<float> weights);

  // Gives the next `tokens` tokens, one at least, this weight.
  void append(uint64_t tokens, float weight);

  bool all_one() const { return ends_.empty() || (ends_.size() == 1 && weights_[0] == 1.0f); }
  // Weights of tokens [begin, begin + out.size()).
  void copy(uint64_t begin, std::span<float> out) const;
  // How many of tokens [begin, end) have a weight above 0.
  uint64_t count(uint64_t begin, uint64_t end) const;

  const std::vector<uint64_t>& ends() const { return ends_; }
  const std::vector<float>& weights() const { return weights_; }

 private:
  size_t run_of(uint64_t token) const;
  uint64_t count_before(uint64_t token) const;

  std::vector<uint64_t> ends_;
  std::vector<float> weights_;
  std::vector<uint64_t> counted_;  // tokens with a weight above 0 before each run
};

}  // namespace raddle::data
