// SPDX-License-Identifier: Apache-2.0
// The attention of one sequence computed as the ranks of a ring do, one after the other in this
// process: each has its own packed rows, and gets the keys and values of the others as [k | v]
// blocks and gradients of its own as [dk | dv] blocks, which it adds in the order of hops.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "kernels/ops/attention_part.h"
#include "runtime/balance/ring.h"
#include "tests/cts/kernels/attention_problems.h"

namespace raddle::test {

struct RingKernels {
  const kernels::Kernel<kernels::AttentionPartArgs>* part;
  const kernels::Kernel<kernels::AttentionDotsArgs>* dots;
  const kernels::Kernel<kernels::AttentionPartGradArgs>* grad;
};

// What a mutant does otherwise. Each is a mistake that must show in the results.
struct RingMutation {
  std::function<void(balance::RingHop*, int64_t hop)> hop = [](balance::RingHop*, int64_t) {};
  bool hops_backwards = false;    // the pair that overwrites is the last and not the first
  bool gradients_astray = false;  // to the part behind and not to the one that they belong to
};

class AttentionRing {
 public:
  // The problem is the whole sequence, and has its inputs.
  AttentionRing(AttentionGradProblem* whole, int64_t degree, const RingKernels& kernels,
                RingMutation mutation = {}, int threads = 2)
      : whole_(whole),
        f_(whole->forward),
        degree_(degree),
        kernels_(kernels),
        mutation_(std::move(mutation)),
        runner_(threads),
        q_width_(f_.heads * f_.head_dim),
        kv_width_(2 * f_.kv_heads * f_.head_dim),
        ranks_(static_cast<size_t>(degree)) {}

  void forward() {
    for (int64_t part = 0; part < degree_; ++part) take_rows(part);
    for (int64_t hop = 0; hop < degree_; ++hop) {
      for (int64_t part = 0; part < degree_; ++part) forward_hop(part, at_turn(hop));
    }
  }
  void backward() {
    for (int64_t part = 0; part < degree_; ++part) {
      Rank& rank = at(part);
      run(*kernels_.dots,
          kernels::AttentionDotsArgs{rank.dout.data(), rank.out.data(), rank.dots.data(), rank.rows,
                                     f_.heads, f_.head_dim});
    }
    for (int64_t hop = 0; hop < degree_; ++hop) {
      for (int64_t part = 0; part < degree_; ++part) backward_hop(part, at_turn(hop));
    }
  }
  // Rows of all ranks in the order of the sequence.
  Floats out() const { return gathered(&Rank::out, q_width_); }
  Floats lse() const { return gathered(&Rank::lse, f_.heads); }
  Floats dqkv() const { return gathered(&Rank::dqkv, f_.width()); }

 private:
  struct Rank {
    int64_t rows = 0;
    Floats qkv, kv, dout, out, lse, dots, dqkv;
  };
  using ChunkRows = balance::TokenRange;

  Rank& at(int64_t part) { return ranks_[static_cast<size_t>(part)]; }
  int64_t at_turn(int64_t hop) const { return mutation_.hops_backwards ? degree_ - 1 - hop : hop; }
  ChunkRows tokens_of(int64_t chunk) const {
    return balance::chunk_tokens(f_.rows, degree_, chunk);
  }
  // The row of its part at which a chunk begins: the second one lies behind the first.
  int64_t row_of(int64_t chunk) const {
    return chunk < degree_ ? 0 : tokens_of(2 * degree_ - 1 - chunk).count();
  }

  template <class Args>
  void run(const kernels::Kernel<Args>& kernel, const Args& args) {
    const Status status = runner_.run(kernel, args);
    EXPECT_TRUE(status.is_ok()) << status.message();
  }

  void take_rows(int64_t part) {
    Rank& rank = at(part);
    rank = {};
    for (const int32_t chunk : balance::part_chunks(degree_, part)) {
      const ChunkRows tokens = tokens_of(chunk);
      const auto take = [&](const Floats& from, int64_t width, Floats* to) {
        to->insert(to->end(), from.begin() + tokens.begin * width,
                   from.begin() + tokens.end * width);
      };
      take(f_.qkv, f_.width(), &rank.qkv);
      take(whole_->dout, q_width_, &rank.dout);
      rank.rows += tokens.count();
    }
    for (int64_t row = 0; row < rank.rows; ++row) {
      const auto k = rank.qkv.begin() + row * f_.width() + q_width_;
      rank.kv.insert(rank.kv.end(), k, k + kv_width_);
    }
    rank.out = unwritten(rank.rows * q_width_);
    rank.lse = rank.dots = unwritten(rank.rows * f_.heads);
    rank.dqkv = unwritten(rank.rows * f_.width());
  }

  // Queries in packed rows; so are keys of its own, and those of another part in its block.
  kernels::AttentionPairOf<float> pair_of(int64_t part, const balance::RingHop& hop,
                                          const balance::ChunkPair& pair) {
    const bool own = hop.key_part == part;
    const Rank& keys = at(hop.key_part);
    const int64_t query_row = row_of(pair.query_chunk), key_row = row_of(pair.key_chunk);
    const int64_t kv_stride = own ? f_.width() : kv_width_;
    const float* k = own ? keys.qkv.data() + q_width_ : keys.kv.data();
    k += key_row * kv_stride;
    return {at(part).qkv.data() + query_row * f_.width(),
            k,
            k + kv_width_ / 2,
            f_.width(),
            kv_stride,
            tokens_of(pair.query_chunk).begin,
            tokens_of(pair.query_chunk).count(),
            tokens_of(pair.key_chunk).begin,
            tokens_of(pair.key_chunk).count(),
            f_.heads,
            f_.kv_heads,
            f_.head_dim,
            f_.scale(),
            f_.causal};
  }

  void forward_hop(int64_t part, int64_t number) {
    balance::RingHop hop = balance::ring_hop(degree_, part, number, f_.causal);
    mutation_.hop(&hop, number);
    Rank& rank = at(part);
    for (const balance::ChunkPair& pair : hop.pairs()) {
      const int64_t row = row_of(pair.query_chunk);
      run(*kernels_.part,
          kernels::AttentionPartArgs{pair_of(part, hop, pair), rank.out.data() + row * q_width_,
                                     rank.lse.data() + row * f_.heads, !pair.opens_query});
    }
  }

  void backward_hop(int64_t part, int64_t number) {
    balance::RingHop hop = balance::ring_hop(degree_, part, number, f_.causal);
    mutation_.hop(&hop, number);
    Rank& rank = at(part);
    const bool own = hop.key_part == part;
    Floats block = unwritten(own ? 0 : at(hop.key_part).rows * kv_width_);
    const int64_t dkv_stride = own ? f_.width() : kv_width_;
    float* dk = own ? rank.dqkv.data() + q_width_ : block.data();
    for (const balance::ChunkPair& pair : hop.pairs()) {
      const int64_t row = row_of(pair.query_chunk), key_row = row_of(pair.key_chunk);
      run(*kernels_.grad, kernels::AttentionPartGradArgs{
                              pair_of(part, hop, pair), rank.dout.data() + row * q_width_,
                              rank.lse.data() + row * f_.heads, rank.dots.data() + row * f_.heads,
                              rank.dqkv.data() + row * f_.width(), dk + key_row * dkv_stride,
                              dk + key_row * dkv_stride + kv_width_ / 2, f_.width(), dkv_stride,
                              !pair.opens_query, !pair.opens_key});
    }
    if (own) return;
    const int64_t owner = mutation_.gradients_astray ? (part + 1) % degree_ : hop.key_part;
    for (const balance::ChunkPair& pair : hop.pairs()) {
      if (pair.opens_key) add_gradients(block, pair.key_chunk, &at(owner));
    }
  }

  void add_gradients(const Floats& block, int64_t chunk, Rank* owner) const {
    const int64_t end = std::min(row_of(chunk) + tokens_of(chunk).count(), owner->rows);
    for (int64_t row = row_of(chunk); row < end; ++row) {
      for (int64_t i = 0; i < kv_width_; ++i) {
        owner->dqkv[static_cast<size_t>(row * f_.width() + q_width_ + i)] +=
            block[static_cast<size_t>(row * kv_width_ + i)];
      }
    }
  }

  Floats gathered(Floats Rank::*member, int64_t width) const {
    Floats all = unwritten(f_.rows * width);
    for (int64_t part = 0; part < degree_; ++part) {
      const Floats& rows = ranks_[static_cast<size_t>(part)].*member;
      for (const int32_t chunk : balance::part_chunks(degree_, part)) {
        const ChunkRows tokens = tokens_of(chunk);
        const auto begin = rows.begin() + row_of(chunk) * width;
        std::copy_n(begin, tokens.count() * width, all.begin() + tokens.begin * width);
      }
    }
    return all;
  }

  AttentionGradProblem* whole_;
  const AttentionProblem& f_;
  int64_t degree_;
  RingKernels kernels_;
  RingMutation mutation_;
  KernelRunner runner_;
  int64_t q_width_, kv_width_;
  std::vector<Rank> ranks_;
};

}  // namespace raddle::test
