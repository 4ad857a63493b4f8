// SPDX-License-Identifier: Apache-2.0
// Gradients of read and write of a block of tokens, for one instruction set; shared by the separate
// kernels and the boundary kernel.
#if defined(RADDLE_KERNELS_CPU_HYPER_CONNECTION_GRADIENTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADDLE_KERNELS_CPU_HYPER_CONNECTION_GRADIENTS_INL_H_
#undef RADDLE_KERNELS_CPU_HYPER_CONNECTION_GRADIENTS_INL_H_
#else
#define RADDLE_KERNELS_CPU_HYPER_CONNECTION_GRADIENTS_INL_H_
#endif

#include "kernels/cpu/hyper_connection/blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::hyper_connection::HWY_NAMESPACE {

// Tensors of a block of tokens; what a gradient reads and writes.
struct WriteGradBlock {
  const float* g;  // gradient of h_next
  const float* h;
  const float* z;
  const float* t;
  float* dh;  // may be g
  float* dz;
  float* dc;
};

inline void write_grad_block(const SiteShape& s, const SiteParameters& site,
                             const WriteGradBlock& block, int64_t tokens, WorkerScratch work) {
  const int64_t n = s.n, m = s.m, d = s.d, q = s.q();
  const float* c = work.coefficients;
  stream_in(block.h, tokens * n * d);
  stream_in(block.z, tokens * m * d);
  for (int64_t token = 0; token < tokens; ++token) {
    combine_carry(s, site, token_t(s, block.t, token), work.coefficients);
    const float* g = block.g + token * n * d;
    const float* h = block.h + token * n * d;
    const float* z = block.z + token * m * d;
    float* dh = block.dh + token * n * d;
    float* dc = block.dc + token * n * (n + m);
    if (dh == g) {  // every result needs every slot
      std::memcpy(work.state, g, static_cast<size_t>(n * d) * sizeof(float));
      g = work.state;
    }
    run_dots({h, n, d, g, n, d, d, dc, n + m});
    run_dots({g, n, d, z, m, d, d, dc + n, n + m});
    run_mix({d, n, dh, d, g, d, {{g, d, c + m, 1, q, n}}, 1, {}, 0});
    run_mix(
        {d, m, block.dz + token * m * d, d, nullptr, 0, {{g, d, c + m + n, q, 1, n}}, 1, {}, 0});
  }
}

// One partial sum of the parameters' gradients; weights are those of the folded matrix, transposed.
struct PartialSums {
  float* dc0;      // (n, q)
  float* ds;       // (n, q)
  float* dfolded;  // (q, d)
};
inline PartialSums partial_sums(const SiteShape& s, const ScratchLayout& layout, int64_t index) {
  float* dc0 = layout.partials + index * layout.partial_stride;
  float* ds = dc0 + round_up(s.n * s.q());
  return {dc0, ds, ds + round_up(s.n * s.q())};
}

struct ReadGradBlock {
  const float* dx;
  const float* dc;
  const float* dh_in;
  const float* h;
  const float* t;
  float* dh;  // may be dh_in
};

// work.gradient = dC of one token, all q columns: [H dX^T | dc].
inline void gather_gradient(const SiteShape& s, const float* h, const float* dx, const float* dc,
                            const WorkerScratch& work) {
  const int64_t q = s.q(), rest = s.n + s.m;
  run_dots({h, s.n, s.d, dx, s.m, s.d, s.d, work.gradient, q});
  for (int64_t k = 0; k < s.n; ++k) {
    float* HWY_RESTRICT to = work.gradient + k * q + s.m;
    for (int64_t c = 0; c < rest; ++c) to[c] = dc[k * rest + c];
  }
}

// Adds dC and dC o t to the sums and makes du = rho_k (dC o S o (1 - t^2)).
inline void coefficient_grad(const SiteShape& s, const SiteParameters& site, const float* rho,
                             const float* t, const PartialSums& sums, const WorkerScratch& work,
                             float* HWY_RESTRICT du) {
  const int64_t count = s.n * s.q();
  const float* HWY_RESTRICT gradient = work.gradient;
  float* HWY_RESTRICT dc0 = sums.dc0;
  for (int64_t i = 0; i < count; ++i) dc0[i] += gradient[i];
  if (!s.dynamic) return;
  float* HWY_RESTRICT ds = sums.ds;
  for (int64_t i = 0; i < count; ++i) {
    ds[i] += gradient[i] * t[i];
    du[i] = gradient[i] * site.s[i] * (1.0f - t[i] * t[i]);
  }
  for (int64_t k = 0; k < s.n; ++k) {
    for (int64_t c = 0; c < s.q(); ++c) du[k * s.q() + c] *= rho[k];
  }
}

// With V_k = sum_c du[k, c] Wg[:, c] (du already times rho) the gradient through the coefficients
// is V_k - rho_k^2 <H_k, V_k> / d H_k: the second term is the norm's, and needs no U.
inline void read_grad_token(const SiteShape& s, const float* folded, const float* dx,
                            const float* dh_in, const float* h, const float* rho, const float* du,
                            float* dh, const WorkerScratch& work) {
  const int64_t n = s.n, d = s.d, q = s.q();
  Mix mix{d, n, dh, d, dh_in, d, {{dx, d, work.coefficients, 1, q, s.m}}, 1, {}, 0};
  if (s.dynamic) {
    run_mix({d, n, work.state, d, nullptr, 0, {{folded, d, du, 1, q, q}}, 1, {}, 0});
    for (int64_t k = 0; k < n; ++k) {
      const float along = dot(h + k * d, work.state + k * d, d);
      work.scale[k] = -rho[k] * rho[k] * along / static_cast<float>(d);
    }
    mix.addends[0] = {work.state, d, nullptr};
    mix.addends[1] = {h, d, work.scale};
    mix.addend_count = 2;
  }
  run_mix(mix);
}

inline void read_grad_block(const SiteShape& s, const SiteParameters& site, const float* folded,
                            const ReadGradBlock& block, int64_t tokens, const PartialSums& sums,
                            WorkerScratch work) {
  const int64_t n = s.n, m = s.m, d = s.d, q = s.q();
  if (s.dynamic) {
    inverse_rms(s, block.h, tokens, work.rho);
  } else {
    stream_in(block.h, tokens * n * d);
  }
  stream_in(block.dx, tokens * m * d);
  stream_in(block.dh_in, tokens * n * d);
  for (int64_t token = 0; token < tokens; ++token) {
    const float* h = block.h + token * n * d;
    const float* dx = block.dx + token * m * d;
    const float* t = token_t(s, block.t, token);
    float* du = work.du + token * n * q;
    gather_gradient(s, h, dx, block.dc + token * n * (n + m), work);
    coefficient_grad(s, site, work.rho + token * n, t, sums, work, du);
    combine_coefficients(s, site, t, work.coefficients);
    read_grad_token(s, folded, dx, block.dh_in + token * n * d, h, work.rho + token * n, du,
                    block.dh + token * n * d, work);
  }
  if (s.dynamic) {
    run_mix({d,
             q,
             sums.dfolded,
             d,
             sums.dfolded,
             d,
             {{block.h, d, work.du, q, 1, tokens * n}},
             1,
             {},
             0});
  }
}

// out (+)= the partial sums at `offset` of every partial, in their order.
inline void reduce_range(const ScratchLayout& layout, int64_t partials, int64_t offset,
                         int64_t count, float* HWY_RESTRICT out) {
  for (int64_t p = 0; p < partials; ++p) {
    const float* HWY_RESTRICT from = layout.partials + p * layout.partial_stride + offset;
    if (p == 0) {
      for (int64_t i = 0; i < count; ++i) out[i] = from[i];
    } else {
      for (int64_t i = 0; i < count; ++i) out[i] += from[i];
    }
  }
}

inline constexpr int64_t kReduceChunk = 64;

// From the folded matrix's gradient to W's and the norm weight's, for slot elements [begin, end).
inline void unfold_gradient(const SiteShape& s, const SiteParameters& site,
                            const ScratchLayout& layout, int64_t begin, int64_t end,
                            const SiteGradients& out) {
  const int64_t q = s.q(), offset = 2 * round_up(s.n * q);
  const float scale = 1.0f / std::sqrt(static_cast<float>(s.d));
  float sum[kReduceChunk], dnorm[kReduceChunk] = {};
  for (int64_t c = 0; c < q; ++c) {
    reduce_range(layout, partial_count(s), offset + c * s.d + begin, end - begin, sum);
    for (int64_t e = begin; e < end; ++e) {
      const float folded = sum[e - begin] * scale;
      const float dw = site.norm_weight[e] * folded;
      if (out.dw != nullptr) out.dw[e * q + c] = out.accumulate_dw ? out.dw[e * q + c] + dw : dw;
      dnorm[e - begin] += site.w[e * q + c] * folded;
    }
  }
  for (int64_t e = begin; out.dnorm_weight != nullptr && e < end; ++e) {
    const float sum_e = dnorm[e - begin];
    out.dnorm_weight[e] = out.accumulate_dnorm_weight ? out.dnorm_weight[e] + sum_e : sum_e;
  }
}

inline void reduce_coefficients(const SiteShape& s, const ScratchLayout& layout, int64_t offset,
                                int64_t begin, int64_t end, bool accumulate, float* out) {
  if (out == nullptr) return;
  float sum[kReduceChunk];
  reduce_range(layout, partial_count(s), offset + begin, end - begin, sum);
  for (int64_t i = begin; i < end; ++i) {
    out[i] = accumulate ? out[i] + sum[i - begin] : sum[i - begin];
  }
}

// Adds the partial sums up, in their order, into the parameters' gradients.
inline void reduce_parameters(const SiteShape& s, const SiteParameters& site,
                              const ScratchLayout& layout, const SiteGradients& out,
                              device::WorkerPool& pool) {
  const auto chunks = [](int64_t count) { return (count + kReduceChunk - 1) / kReduceChunk; };
  const int64_t count = s.n * s.q();
  const int64_t coefficient_tasks = chunks(count);
  const int64_t weight_tasks = s.dynamic ? chunks(s.d) : 0;
  pool.run(coefficient_tasks + weight_tasks, [&](int64_t task, int) {
    if (task < weight_tasks) {
      const int64_t begin = task * kReduceChunk;
      unfold_gradient(s, site, layout, begin, std::min(begin + kReduceChunk, s.d), out);
      return;
    }
    const int64_t begin = (task - weight_tasks) * kReduceChunk;
    const int64_t end = std::min(begin + kReduceChunk, count);
    reduce_coefficients(s, layout, 0, begin, end, out.accumulate_dc0, out.dc0);
    if (s.dynamic) {
      reduce_coefficients(s, layout, round_up(count), begin, end, out.accumulate_ds, out.ds);
    }
  });
}

}  // namespace raddle::kernels::hyper_connection::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
