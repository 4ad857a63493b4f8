// SPDX-License-Identifier: Apache-2.0
// Read and write of a block of tokens, for one instruction set: what the separate kernels and the
// boundary kernel share, which is why they agree bit for bit.
#if defined(RADDLE_KERNELS_CPU_HYPER_CONNECTION_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADDLE_KERNELS_CPU_HYPER_CONNECTION_BLOCKS_INL_H_
#undef RADDLE_KERNELS_CPU_HYPER_CONNECTION_BLOCKS_INL_H_
#else
#define RADDLE_KERNELS_CPU_HYPER_CONNECTION_BLOCKS_INL_H_
#endif

#include <cmath>
#include <cstring>

#include "kernels/cpu/hyper_connection/scratch.h"
#include "kernels/cpu/hyper_connection/tanh-inl.h"
#include "kernels/cpu/hyper_connection/tiles-inl.h"
#include "runtime/device/cpu/worker_pool.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::hyper_connection::HWY_NAMESPACE {

// How H Wg is computed: with rows of Wg (d, q) as vectors, which needs no sums over lanes but pads
// q to whole vectors, or with columns (q, d), which pads nothing but ends in a sum over lanes worth
// about 52 more elements.
inline bool generate_by_rows(const SiteShape& s) {
  const int64_t padded = (s.q() + kLanes - 1) / kLanes * kLanes;
  return padded * s.d <= s.q() * (s.d + 52);
}

// Wg = diag(norm_weight) W / sqrt(d) as (d, q), or transposed as (q, d).
inline void fold_weights(const SiteShape& s, const SiteParameters& site, bool transposed,
                         float* folded, device::WorkerPool& pool) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(s.d));
  const int64_t q = s.q(), step = transposed ? s.d : 1;
  pool.run_chunks(s.d, 128, [&](int64_t begin, int64_t end, int) {
    for (int64_t e = begin; e < end; ++e) {
      const float gain = site.norm_weight[e] * scale;
      float* to = folded + (transposed ? e : e * q);
      for (int64_t c = 0; c < q; ++c) to[c * step] = gain * site.w[e * q + c];
    }
  });
}

// Brings `count` contiguous floats of a block into the cache. The processor fetches ahead of one
// long stream, three times as fast as of the short rows that mix and dots walk side by side.
inline void stream_in(const float* from, int64_t count) {
  constexpr int64_t kLine = 16;
  const volatile float* line = from;
  for (int64_t i = 0; i < count; i += kLine) static_cast<void>(line[i]);
}

// rho of the slots of a block. Streams the block in: comes before whatever else reads it.
inline void inverse_rms(const SiteShape& s, const float* h, int64_t tokens, float* rho) {
  for (int64_t row = 0; row < tokens * s.n; ++row) {
    const float* slot = h + row * s.d;
    rho[row] = 1.0f / std::sqrt(dot(slot, slot, s.d) / static_cast<float>(s.d) + s.eps);
  }
}

inline void tanh_in_place(float* values, int64_t count) {
  const Tag tag;
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    hn::StoreU(tanh_of(tag, hn::LoadU(tag, values + i)), tag, values + i);
  }
  if (i < count) {
    const Mask rest = hn::FirstN(tag, static_cast<size_t>(count - i));
    hn::BlendedStore(tanh_of(tag, hn::MaskedLoad(rest, tag, values + i)), rest, tag, values + i);
  }
}

// t = tanh(rho_k (H_k Wg)) of `tokens` tokens; Wg is folded as generate_by_rows() says.
inline void generate_block(const SiteShape& s, const float* folded, const float* h, float* t,
                           int64_t tokens, float* rho) {
  const int64_t q = s.q(), rows = tokens * s.n;
  inverse_rms(s, h, tokens, rho);
  if (generate_by_rows(s)) {
    run_mix({q, rows, t, q, nullptr, 0, {{folded, q, h, 1, s.d, s.d}}, 1, {}, 0});
  } else {
    run_dots({h, rows, s.d, folded, q, s.d, s.d, t, q});
  }
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < q; ++c) t[row * q + c] *= rho[row];
  }
  tanh_in_place(t, rows * q);
}

// C = S o t + C0 of one token.
inline void combine_coefficients(const SiteShape& s, const SiteParameters& site, const float* t,
                                 float* HWY_RESTRICT c) {
  const int64_t count = s.n * s.q();
  if (!s.dynamic) {
    std::memcpy(c, site.c0, static_cast<size_t>(count) * sizeof(float));
    return;
  }
  for (int64_t i = 0; i < count; ++i) c[i] = site.s[i] * t[i] + site.c0[i];
}

// The same with the identity taken off the carry: H is then added without a rounded product.
inline void combine_carry(const SiteShape& s, const SiteParameters& site, const float* t,
                          float* c) {
  combine_coefficients(s, site, t, c);
  for (int64_t k = 0; k < s.n; ++k) c[k * s.q() + s.m + k] -= 1.0f;
}

inline const float* token_t(const SiteShape& s, const float* t, int64_t token) {
  return s.dynamic ? t + token * s.n * s.q() : nullptr;
}

inline void read_block(const SiteShape& s, const SiteParameters& site, const float* folded,
                       const float* h, float* x, float* t, int64_t tokens, WorkerScratch work) {
  if (s.dynamic) generate_block(s, folded, h, t, tokens, work.rho);
  for (int64_t token = 0; token < tokens; ++token) {
    combine_coefficients(s, site, token_t(s, t, token), work.coefficients);
    run_mix({s.d,
             s.m,
             x + token * s.m * s.d,
             s.d,
             nullptr,
             0,
             {{h + token * s.n * s.d, s.d, work.coefficients, s.q(), 1, s.n}},
             1,
             {},
             0});
  }
}

inline void write_block(const SiteShape& s, const SiteParameters& site, const float* h,
                        const float* z, const float* t, float* h_next, int64_t tokens,
                        WorkerScratch work) {
  const int64_t q = s.q();
  stream_in(h, tokens * s.n * s.d);
  stream_in(z, tokens * s.m * s.d);
  for (int64_t token = 0; token < tokens; ++token) {
    combine_carry(s, site, token_t(s, t, token), work.coefficients);
    const float* state = h + token * s.n * s.d;
    float* out = h_next + token * s.n * s.d;
    if (out == state) {  // every result needs every slot
      std::memcpy(work.state, state, static_cast<size_t>(s.n * s.d) * sizeof(float));
      state = work.state;
    }
    const float* c = work.coefficients;
    run_mix(
        {s.d,
         s.n,
         out,
         s.d,
         state,
         s.d,
         {{state, s.d, c + s.m, q, 1, s.n}, {z + token * s.m * s.d, s.d, c + s.m + s.n, 1, q, s.m}},
         2,
         {},
         0});
  }
}

}  // namespace raddle::kernels::hyper_connection::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
