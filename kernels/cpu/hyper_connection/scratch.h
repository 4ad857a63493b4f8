// SPDX-License-Identifier: Apache-2.0
// How the tuned virtual-width kernels cut a batch into blocks of tokens and their scratch into
// arrays. Everything here depends on the sizes alone, so results are the same for any number of
// threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/ops/hyper_connection.h"
#include "runtime/base/assert.h"

namespace raddle::kernels::hyper_connection {

// Tokens handled together: about 64 rows of H, which amortise the parameters' gradient and stay in
// L2 with everything else that a block touches.
inline int64_t block_tokens(const SiteShape& shape) {
  return std::clamp<int64_t>(64 / shape.n, 1, 16);
}

// Parameter gradients are summed into this many partial sums, each owning a fixed contiguous range
// of tokens. At most 64, so scratch does not grow with the batch; 16 tokens or more each, so that
// adding them up stays cheap.
inline constexpr int64_t kMaxPartials = 64;
inline int64_t partial_count(const SiteShape& shape) {
  return std::clamp<int64_t>((shape.rows + 15) / 16, 1, kMaxPartials);
}

constexpr int64_t round_up(int64_t floats) { return (floats + 15) / 16 * 16; }

// Hands out 64-byte aligned arrays of floats; with no memory it only counts.
class ScratchCursor {
 public:
  ScratchCursor() = default;
  explicit ScratchCursor(std::span<std::byte> memory)
      : base_(reinterpret_cast<float*>(memory.data())),
        limit_(static_cast<int64_t>(memory.size() / sizeof(float))) {}
  float* take(int64_t floats) {
    float* result = base_ == nullptr ? nullptr : base_ + used_;
    used_ += round_up(floats);
    RADDLE_ASSERT(base_ == nullptr || used_ <= limit_);
    return result;
  }
  size_t bytes() const { return static_cast<size_t>(used_) * sizeof(float); }

 private:
  float* base_ = nullptr;
  int64_t limit_ = 0;
  int64_t used_ = 0;
};

// What one worker needs while it handles a block of tokens.
struct WorkerScratch {
  float* coefficients;  // (n, q)
  float* state;         // (n, d) of one token
  float* rho;           // (block, n)
  float* gradient;      // (n, q) of one token
  float* scale;         // (n)
  float* du;            // (block, n, q)
  float* between;       // (block, n, d): state gradient between two sites
};

// Arrays of a launch. `read_sites` counts the sites whose weights are folded (0 or 1).
struct ScratchLayout {
  float* folded = nullptr;    // d q: diag(norm_weight) W / sqrt(d), either way round
  float* partials = nullptr;  // (partial_count, partial_stride)
  int64_t partial_stride = 0;
  float* workers = nullptr;
  int64_t worker_stride = 0;

  enum class Use : uint8_t { kWrite, kRead, kReadGradient, kBoundaryGradient };
  ScratchLayout(const SiteShape& s, Use use, int threads, ScratchCursor& cursor);
  WorkerScratch worker(const SiteShape& s, int index) const;
};

inline ScratchLayout::ScratchLayout(const SiteShape& s, Use use, int threads,
                                    ScratchCursor& cursor) {
  const int64_t coefficients = round_up(s.n * s.q());
  if (use != Use::kWrite && s.dynamic) folded = cursor.take(s.q() * s.d);
  worker_stride = coefficients + round_up(s.n * s.d) + round_up(block_tokens(s) * s.n);
  if (use == Use::kReadGradient || use == Use::kBoundaryGradient) {
    const int64_t block = block_tokens(s);
    partial_stride = coefficients * (s.dynamic ? 2 : 1) + (s.dynamic ? round_up(s.q() * s.d) : 0);
    partials = cursor.take(partial_count(s) * partial_stride);
    worker_stride += coefficients + round_up(s.n) + round_up(block * s.n * s.q());
    if (use == Use::kBoundaryGradient) worker_stride += round_up(block * s.n * s.d);
  }
  workers = cursor.take(threads * worker_stride);
}

inline WorkerScratch ScratchLayout::worker(const SiteShape& s, int index) const {
  const int64_t coefficients = round_up(s.n * s.q());
  WorkerScratch w{};
  w.coefficients = workers + index * worker_stride;
  w.state = w.coefficients + coefficients;
  w.rho = w.state + round_up(s.n * s.d);
  if (partials == nullptr) return w;
  w.gradient = w.rho + round_up(block_tokens(s) * s.n);
  w.scale = w.gradient + coefficients;
  w.du = w.scale + round_up(s.n);
  w.between = w.du + round_up(block_tokens(s) * s.n * s.q());  // booked for boundaries only
  return w;
}

// The bytes that a kernel books.
template <class Args, ScratchLayout::Use kUse>
size_t scratch(const Args& args, const DeviceCaps& caps) {
  ScratchCursor cursor;
  const ScratchLayout layout(args.shape, kUse, caps.threads, cursor);
  return cursor.bytes();
}

}  // namespace raddle::kernels::hyper_connection
