// SPDX-License-Identifier: Apache-2.0
// Parameters and index maps of the virtual-width kernels (hyper_connection_*.cu), shared by host
// and device. Inside a kernel the coefficients of a token are padded to C (n, qp), columns [Aread:
// mp | Acarry: np | B^T: mp], each part a multiple of 4 with zeros in what is padded: the parts
// start on 16 bytes, and one matrix serves every product.
#pragma once

#include <cstdint>

#include "kernels/host_device.h"

namespace raddle::cuda {

constexpr int kSiteThreads = 256;
constexpr int kSiteWarps = kSiteThreads / 32;
constexpr int kPanel = 128;   // columns that a warp mixes at once, 4 a lane; sums go panel by panel
constexpr int kTileRows = 8;  // rows of a result that a warp holds in registers
constexpr int kColumnPad = 16;  // rows in shared memory are zero up to a multiple of it

// An H100's multiprocessor has shared memory for three blocks with the first, or two with the most,
// and registers for two of the backward kernels. The most is what every GPU from compute capability
// 8.0 on lets a block have (8.6, 8.9 and 12.0 have the least).
constexpr int64_t kForwardSiteBytes = 74 * 1024;
constexpr int64_t kMostSiteBytes = 99 * 1024;

RADDLE_HOST_DEVICE int64_t pad_to(int64_t count, int64_t each) {
  return (count + each - 1) / each * each;
}

struct SiteSizes {
  int64_t rows;        // tokens
  int32_t m, n, d, q;  // as in ops/hyper_connection.h
  int32_t mp, np, qp;  // padded: m, n, 2 mp + np
  int32_t dp;          // columns of the folded generator's rows
  float eps;
  bool is_dynamic;
  bool is_aligned;  // every four columns of an activation can be moved at once
};

// Where column `padded` of C is in the packed (n, q) matrices; -1: it is padding.
RADDLE_HOST_DEVICE int coefficient_column(const SiteSizes& s, int padded) {
  if (padded < s.mp) return padded < s.m ? padded : -1;
  padded -= s.mp;
  if (padded < s.np) return padded < s.n ? s.m + padded : -1;
  padded -= s.np;
  return padded < s.m ? s.m + s.n + padded : -1;
}

// How a block works: on so many tokens and columns at a time, with its arrays at these places (in
// floats) of shared memory, or of a workspace of its own where a token does not fit there.
struct SiteTiles {
  int32_t tokens;
  int32_t width;      // columns of a chunk: all, or a multiple of kPanel
  int32_t stride;     // of the rows of state, other and narrow
  int32_t panels;     // of d
  int64_t state;      // (tokens n, stride) H
  int64_t narrow;     // (tokens m, stride) Z or dX
  int64_t other;      // (tokens n, stride) gradient of the state
  int64_t matrix;     // (tokens n, qp) C, dU
  int64_t second;     // (tokens n, qp) U, then C, of the site that a boundary reads; or (.., mp)
  int64_t scale;      // (tokens n) rho_k, later what the norm's gradient takes of H_k
  int64_t along;      // (tokens n, panels) <H_k, V_k>
  int64_t floats;     // of all of it
  float* workspaces;  // null: shared memory
};

struct SiteCoefficients {
  const float* c0;
  const float* s;
};

// One block takes `tokens` tokens at a time.
template <class T>
struct SiteForwardParametersOf {
  SiteSizes size;
  SiteTiles tiles;
  SiteCoefficients written, read;
  const float* folded;  // (qp, dp) of the site that is read
  const T* h;           // (rows, n d)
  const T* z;
  const float* t;  // of the site that is written
  T* h_next;
  T* x;
  float* t_read;  // of the site that is read
};

// One block takes all tokens of a group, `tokens` at a time; without a read there are no groups.
template <class T>
struct SiteBackwardParametersOf {
  SiteSizes size;
  SiteTiles tiles;
  SiteCoefficients read, written;
  const float* folded;
  const T* dx;
  const float* dc_read;
  const T* dh_in;  // gradient of the state after the read, or after the write alone
  const T* h_read;
  const float* t_read;
  float* partials;  // (groups, partial_floats): [dC0 (n, qp) | dS (n, qp) | dWg (qp, dp)]
  int64_t groups, partial_floats;
  float* waiting;  // (blocks, n d): SiteScratch
  const T* h;
  const T* z;
  const float* t;
  T* dz;
  float* dc;
  T* dh;  // may be dh_in
};

// One thread an element of the folded generator Wg^T (qp, dp).
struct SiteFoldParameters {
  SiteSizes size;
  const float* w;
  const float* norm_weight;
  float* folded;
};

// A block adds up 32 elements of the partial sums.
constexpr int kSumSlices = kSiteWarps;
struct SiteSumParameters {
  SiteSizes size;
  const float* partials;
  int64_t groups, partial_floats;
  float* dfolded;  // (qp, dp)
  float* dc0;      // or null
  float* ds;       // or null
  bool accumulate_dc0, accumulate_ds;
};

// One warp a column of the slot.
struct SiteUnfoldParameters {
  SiteSizes size;
  const float* dfolded;
  const float* w;
  const float* norm_weight;
  float* dw;            // or null
  float* dnorm_weight;  // or null
  bool accumulate_dw, accumulate_dnorm_weight;
};

}  // namespace raddle::cuda
