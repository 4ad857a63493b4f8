// SPDX-License-Identifier: Apache-2.0
// Virtual width: generalized hyper-connections (Virtual Width Networks, arXiv 2511.11238, eqs.
// 5-12, algorithms 1-3). A token's wide state H has n slots of width d = D / m; a site (one
// attention or feed-forward sublayer) reads D = m d of it, and its output z is written back:
//
//   X = Aread^T H          (m, d)  read      H' = B^T Z + Acarry^T H   (n, d)  write
//
// The coefficients of a site are one packed matrix C (n, q), q = 2m + n, columns [Aread | Acarry |
// B^T]:
//   C = S o tanh(U) + C0,  U = rho_k (H_k Wg),  Wg = diag(norm_weight) W / sqrt(d),
//   rho_k = 1 / sqrt(mean(H_k^2) + eps)         (norm applied after the matmul)
// with the carry applied as H + (Acarry - I)^T H. Static sites have C = C0 and no t.
//
// Read computes t = tanh(U) once and saves it ((n q) floats per token: cheaper than recomputing it
// on a CPU); write and the gradients take it. Row k of C depends on slot k only.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace raddle::kernels {

// Sizes of a site and its parameters.
struct SiteShape {
  int64_t rows;  // tokens
  int64_t m, n;  // segments of the backbone, slots of the wide state; n >= m >= 1
  int64_t d;     // width of a slot
  float eps;
  bool dynamic;
  int64_t q() const { return 2 * m + n; }
};
struct SiteParameters {
  const float* c0;           // (n, q)
  const float* s;            // (n, q); null when static
  const float* w;            // (d, q); null when static
  const float* norm_weight;  // (d); null when static
};
// Null where SiteParameters is null, or where nobody asks for it. Each overwrites, or adds to what
// is there. Reduced over tokens in an order independent of threads.
struct SiteGradients {
  float* dc0;
  float* ds;
  float* dw;
  float* dnorm_weight;
  bool accumulate_dc0, accumulate_ds, accumulate_dw, accumulate_dnorm_weight;
};

template <class T>
struct HyperConnectionReadArgsOf {
  SiteShape shape;
  SiteParameters site;
  const T* h;  // (rows, n d)
  T* x;        // (rows, m d)
  float* t;    // (rows, n q); null when static
};
using HyperConnectionReadArgs = HyperConnectionReadArgsOf<float>;

template <class T>
struct HyperConnectionWriteArgsOf {
  SiteShape shape;
  SiteParameters site;
  const T* h;      // (rows, n d)
  const T* z;      // (rows, m d)
  const float* t;  // (rows, n q); null when static
  T* h_next;       // (rows, n d); may alias h
};
using HyperConnectionWriteArgs = HyperConnectionWriteArgsOf<float>;

// Write of one site and read of the next in one pass: h_next is read while it is still in cache.
// Bit-equal to HyperConnectionWrite followed by HyperConnectionRead of the same kernel family.
template <class T>
struct HyperConnectionBoundaryArgsOf {
  SiteShape shape;      // m, n, d, eps, rows are shared by both sites
  SiteParameters site;  // the site being written
  SiteParameters next;  // the site being read
  const T* h;           // (rows, n d)
  const T* z;           // (rows, m d)
  const float* t;       // (rows, n q)
  T* h_next;            // (rows, n d)
  T* x_next;            // (rows, m d)
  float* t_next;        // (rows, n q)
};
using HyperConnectionBoundaryArgs = HyperConnectionBoundaryArgsOf<float>;

// Gradient of write. dc is with respect to the coefficients' carry and write columns, packed
// (n, n + m) per token: [dAcarry | dB^T]; the read's gradient finishes the chain to the parameters.
template <class T>
struct HyperConnectionWriteGradArgsOf {
  SiteShape shape;
  SiteParameters site;
  const T* dh_next;  // (rows, n d)
  const T* h;        // (rows, n d)
  const T* z;        // (rows, m d)
  const float* t;    // (rows, n q) or null
  T* dh;             // (rows, n d): Acarry G, overwritten; may alias dh_next
  T* dz;             // (rows, m d)
  float* dc;         // (rows, n (n + m))
};
using HyperConnectionWriteGradArgs = HyperConnectionWriteGradArgsOf<float>;

// Gradient of read. dh is the sum of dh_in (what came through the carry) and the read's own part,
// including the dynamic coefficients' dependence on H for all columns.
template <class T>
struct HyperConnectionReadGradArgsOf {
  SiteShape shape;
  SiteParameters site;
  SiteGradients gradients;
  const T* dx;      // (rows, m d)
  const float* dc;  // (rows, n (n + m)) from the write of the same site
  const T* dh_in;   // (rows, n d)
  const T* h;       // (rows, n d)
  const float* t;   // (rows, n q) or null
  T* dh;            // (rows, n d); may alias dh_in
};
using HyperConnectionReadGradArgs = HyperConnectionReadGradArgsOf<float>;

// Read gradient of site l+1 and write gradient of site l in one pass: the gradient of the state
// between them never leaves the cache. Bit-equal to the pair.
template <class T>
struct HyperConnectionBoundaryGradArgsOf {
  SiteShape shape;
  SiteParameters next;  // site l+1 (read)
  SiteGradients next_gradients;
  const T* dx_next;      // (rows, m d)
  const float* dc_next;  // (rows, n (n + m))
  const T* dh_next_in;   // (rows, n d) through the carry of site l+1
  const T* h_next;       // (rows, n d)
  const float* t_next;   // (rows, n q) or null
  SiteParameters site;   // site l (write)
  const T* h;            // (rows, n d)
  const T* z;            // (rows, m d)
  const float* t;        // (rows, n q) or null
  T* dh;                 // (rows, n d): through the carry of site l; may alias dh_next_in
  T* dz;                 // (rows, m d)
  float* dc;             // (rows, n (n + m))
};
using HyperConnectionBoundaryGradArgs = HyperConnectionBoundaryGradArgsOf<float>;

// The kernels; lists/ has their order.
extern const Kernel<HyperConnectionReadArgs> kHyperConnectionReadCuda, kHyperConnectionReadCpu,
    kHyperConnectionReadRef;
extern const Kernel<HyperConnectionWriteArgs> kHyperConnectionWriteCuda, kHyperConnectionWriteCpu,
    kHyperConnectionWriteRef;
extern const Kernel<HyperConnectionBoundaryArgs> kHyperConnectionBoundaryCuda,
    kHyperConnectionBoundaryCpu, kHyperConnectionBoundaryRef;
extern const Kernel<HyperConnectionReadGradArgs> kHyperConnectionReadGradCuda,
    kHyperConnectionReadGradCpu, kHyperConnectionReadGradRef;
extern const Kernel<HyperConnectionWriteGradArgs> kHyperConnectionWriteGradCuda,
    kHyperConnectionWriteGradCpu, kHyperConnectionWriteGradRef;
extern const Kernel<HyperConnectionBoundaryGradArgs> kHyperConnectionBoundaryGradCuda,
    kHyperConnectionBoundaryGradCpu, kHyperConnectionBoundaryGradRef;

extern const Kernel<HyperConnectionReadArgsOf<Bf16>> kHyperConnectionReadCudaBf16,
    kHyperConnectionReadRefBf16;
extern const Kernel<HyperConnectionWriteArgsOf<Bf16>> kHyperConnectionWriteCudaBf16,
    kHyperConnectionWriteRefBf16;
extern const Kernel<HyperConnectionBoundaryArgsOf<Bf16>> kHyperConnectionBoundaryCudaBf16,
    kHyperConnectionBoundaryRefBf16;
extern const Kernel<HyperConnectionReadGradArgsOf<Bf16>> kHyperConnectionReadGradCudaBf16,
    kHyperConnectionReadGradRefBf16;
extern const Kernel<HyperConnectionWriteGradArgsOf<Bf16>> kHyperConnectionWriteGradCudaBf16,
    kHyperConnectionWriteGradRefBf16;
extern const Kernel<HyperConnectionBoundaryGradArgsOf<Bf16>> kHyperConnectionBoundaryGradCudaBf16,
    kHyperConnectionBoundaryGradRefBf16;

template <class T = float>
KernelList<HyperConnectionReadArgsOf<T>> hyper_connection_read_kernels();
template <class T = float>
KernelList<HyperConnectionWriteArgsOf<T>> hyper_connection_write_kernels();
template <class T = float>
KernelList<HyperConnectionBoundaryArgsOf<T>> hyper_connection_boundary_kernels();
template <class T = float>
KernelList<HyperConnectionReadGradArgsOf<T>> hyper_connection_read_grad_kernels();
template <class T = float>
KernelList<HyperConnectionWriteGradArgsOf<T>> hyper_connection_write_grad_kernels();
template <class T = float>
KernelList<HyperConnectionBoundaryGradArgsOf<T>> hyper_connection_boundary_grad_kernels();

}  // namespace raddle::kernels
