// SPDX-License-Identifier: Apache-2.0
// Parameters of the norms (norm.cu), shared by host and device. A row is a row of a matrix, or a
// head of one; a team of threads has one at a time. norm_kept() packs of it stay in a thread's
// registers, and of rows too long for that the rest is read again.
#pragma once

#include <cstdint>

namespace raddle::cuda {

constexpr int kNormThreads = 512;  // the most of a block, and of a team
// As many registers for BF16, of which a pack has more.
constexpr int norm_kept(int64_t lanes) { return lanes > 4 ? 2 : 4; }

// Where rows lie: `group` of them next to each other, `stride` elements from one group to the next.
// Their statistics are numbered likewise.
struct NormRows {
  int64_t rows, width;
  int64_t group, stride, stats_stride;
};

// Of each row `width` elements as they are.
template <class T>
struct CopyColumns {
  const T* from;
  T* to;
  int64_t rows, width, stride;
};

// Of block row 0 and 1 each; block row 2, where there is one, copies.
template <class T>
struct NormPart {
  const T* x;
  const float* weight;  // or null
  const float* bias;    // or null; of layer norm alone
  T* y;
  float* stats;  // mean and rstd, or rstd
  NormRows at;
};
template <class T>
struct NormParameters {
  NormPart<T> part[2];
  CopyColumns<T> copy;
  float eps;
  int team;  // threads: a power of two, 8 to kNormThreads
  bool packed;
};

template <class T>
struct NormGradPart {
  const T* dy;
  const T* x;
  const float* weight;  // or null
  const float* stats;
  T* dx;
  float* partials;  // of each block its sums for the weight, then for the bias if there is one; or
                    // null
  NormRows at;
  int64_t rows_per_block;
};
template <class T>
struct NormGradParameters {
  NormGradPart<T> part[2];
  CopyColumns<T> copy;
  int team;
  bool packed;
};

// target (+)= the sum of `count` partials, `stride` floats apart, in an order that their number
// fixes. One for each block row.
constexpr int kPartialColumns = 32, kPartialGroups = 16;
struct PartialSum {
  const float* partials;
  float* target;
  int64_t count, stride, width;
  bool accumulate;
};
struct SumPartialsParameters {
  PartialSum of[2];
};

}  // namespace raddle::cuda
