// SPDX-License-Identifier: Apache-2.0
// Attention of one block of queries of one head over a run of keys: tiles of scores with an online
// softmax. Scores are kept transposed (keys by queries), so a vector holds one key's scores for
// many queries, and the softmax needs no sums across lanes.
#if defined(RADDLE_KERNELS_CPU_ATTENTION_FORWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADDLE_KERNELS_CPU_ATTENTION_FORWARD_INL_H_
#undef RADDLE_KERNELS_CPU_ATTENTION_FORWARD_INL_H_
#else
#define RADDLE_KERNELS_CPU_ATTENTION_FORWARD_INL_H_
#endif

#include <cmath>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/cpu/attention/forward.h"
#include "kernels/cpu/attention/tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

// Scores of keys [first_key, first_key + keys): scores[key][query] = k . (scale q). On the
// diagonal, groups of keys leave out the queries that come before them.
inline void score_tile(const AttendBlock& t, int64_t first_key, int64_t keys,
                       const ForwardTile& s) {
  const int64_t columns = whole_vectors(t.queries);
  constexpr int64_t kGroup = 12;
  for (int64_t key = 0; key < keys; key += kGroup) {
    const int64_t hidden = HWY_MAX(int64_t{0}, first_key + key - t.visible);
    const int64_t begin = HWY_MIN(hidden, columns) / kVectorFloats * kVectorFloats;
    const Product p = {t.k + (first_key + key) * t.k_stride,
                       t.k_stride,
                       s.q_transposed,
                       kTile,
                       s.scores + key * kTile,
                       kTile,
                       false,
                       nullptr};
    multiply<false>(p, HWY_MIN(kGroup, keys - key), begin, columns, {t.head_dim});
  }
}

// Query i sees keys up to t.visible + i: hides the scores of later ones.
inline void hide_future(const AttendBlock& t, int64_t first_key, int64_t keys,
                        const ForwardTile& s) {
  const FloatTag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const FloatVec never = hn::Set(d, -HUGE_VALF);
  const int64_t columns = whole_vectors(t.queries);
  for (int64_t key = 0; key < keys; ++key) {
    const int64_t hidden = HWY_MIN(columns, first_key + key - t.visible);
    float* row = s.scores + key * kTile;
    for (int64_t i = 0; i < hidden; i += lanes) {
      const auto mask = hn::FirstN(d, static_cast<size_t>(HWY_MIN(lanes, hidden - i)));
      hn::StoreU(hn::IfThenElse(mask, never, hn::LoadU(d, row + i)), d, row + i);
    }
  }
}

// Replaces kVectors columns of scores by exp(score - new maximum) and updates the running maximum,
// total and the factor by which older sums shrink.
template <int kVectors>
HWY_INLINE void soften_columns(int64_t column, int64_t keys, bool first, const ForwardTile& s) {
  const FloatTag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  FloatVec largest[kVectors], total[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    largest[v] = first ? hn::Set(d, -HUGE_VALF) : hn::LoadU(d, s.largest + column + v * lanes);
  }
  for (int64_t key = 0; key < keys; ++key) {
    for (int v = 0; v < kVectors; ++v) {
      largest[v] = hn::Max(largest[v], hn::LoadU(d, s.scores + key * kTile + column + v * lanes));
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    total[v] = hn::Zero(d);
    if (first) continue;
    const int64_t at = column + v * lanes;
    const FloatVec shrink = exp_to_88(hn::Sub(hn::LoadU(d, s.largest + at), largest[v]));
    hn::StoreU(shrink, d, s.shrink + at);
    total[v] = hn::Mul(hn::LoadU(d, s.total + at), shrink);
  }
  for (int64_t key = 0; key < keys; ++key) {
    for (int v = 0; v < kVectors; ++v) {
      float* score = s.scores + key * kTile + column + v * lanes;
      const FloatVec p = exp_to_88(hn::Sub(hn::LoadU(d, score), largest[v]));
      total[v] = hn::Add(total[v], p);
      hn::StoreU(p, d, score);
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    hn::StoreU(largest[v], d, s.largest + column + v * lanes);
    hn::StoreU(total[v], d, s.total + column + v * lanes);
  }
}

inline void soften(const AttendBlock& t, int64_t keys, bool first, const ForwardTile& s) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(FloatTag()));
  const int64_t columns = whole_vectors(t.queries);
  int64_t column = 0;
  for (; column + kRegisterVectors * lanes <= columns; column += kRegisterVectors * lanes) {
    soften_columns<kRegisterVectors>(column, keys, first, s);
  }
  for (; column < columns; column += lanes) soften_columns<1>(column, keys, first, s);
}

// Goes on from a result over earlier keys: out is the sums of weights that add up to 1 and were
// scaled by exp(-lse). A row without earlier keys has lse -infinity, and its weight will be 0.
inline void resume_block(const AttendBlock& t, const ForwardTile& s) {
  pack_rows(t.out, t.out_stride, t.queries, t.head_dim, s.padded_dim, s.sums);
  for (int64_t query = 0; query < whole_vectors(t.queries); ++query) {
    s.largest[query] = query < t.queries ? t.lse[query * t.lse_stride] : 0.0f;
    s.total[query] = 1.0f;
  }
}

// out = sums / total; lse = largest + log(total).
inline void finish_block(const AttendBlock& t, const ForwardTile& s) {
  const FloatTag d;
  for (int64_t query = 0; query < t.queries; ++query) {
    const FloatVec over_total = hn::Set(d, 1.0f / s.total[query]);
    const float* sums = s.sums + query * s.padded_dim;
    float* out = t.out + query * t.out_stride;
    each_vector(t.head_dim, [&](int64_t i, auto at) HWY_ATTR {
      at.store(hn::Mul(hn::LoadU(d, sums + i), over_total), out + i);
    });
    if (t.lse != nullptr) {
      t.lse[query * t.lse_stride] = s.largest[query] + std::log(s.total[query]);
    }
  }
}

inline void attend_block(const AttendBlock& t, const ForwardTile& s) {
  const FloatTag d;
  pack_transposed(t.q, t.q_stride, t.queries, t.head_dim, s.q_transposed, kTile);
  const FloatVec scale = hn::Set(d, t.scale);
  for (int64_t i = 0; i < t.head_dim * kTile; i += kTile) {
    for (int64_t j = 0; j < whole_vectors(t.queries); j += whole_vectors(1)) {
      float* at = s.q_transposed + i + j;
      hn::StoreU(hn::Mul(hn::LoadU(d, at), scale), d, at);
    }
  }
  if (t.merge) resume_block(t, s);
  const int64_t last_visible = HWY_MIN(t.keys, t.visible + t.queries);
  for (int64_t first_key = 0; first_key < last_visible; first_key += kTile) {
    const int64_t keys = HWY_MIN(kTile, last_visible - first_key);
    const bool first = first_key == 0 && !t.merge;
    score_tile(t, first_key, keys, s);
    if (first_key + keys > t.visible + 1) hide_future(t, first_key, keys, s);
    soften(t, keys, first, s);
    pack_rows(t.v + first_key * t.v_stride, t.v_stride, keys, t.head_dim, s.padded_dim, s.values);
    const Product p = {s.scores, kTile,        s.values, s.padded_dim,
                       s.sums,   s.padded_dim, !first,   first ? nullptr : s.shrink};
    Depth depth{keys};
    depth.end = t.visible + 1 - first_key;
    multiply<true>(p, t.queries, 0, whole_vectors(t.head_dim), depth);
  }
  finish_block(t, s);
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // RADDLE_KERNELS_CPU_ATTENTION_FORWARD_INL_H_
