// SPDX-License-Identifier: Apache-2.0
// Gradients of attention, one tile of queries by keys at a time. Probabilities are made again from
// the saved log-sum-exp. Keys are the outer loop: their gradients stay in scratch until all queries
// have been, and k and v are transposed once.
#if defined(RADDLE_KERNELS_CPU_ATTENTION_BACKWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADDLE_KERNELS_CPU_ATTENTION_BACKWARD_INL_H_
#undef RADDLE_KERNELS_CPU_ATTENTION_BACKWARD_INL_H_
#else
#define RADDLE_KERNELS_CPU_ATTENTION_BACKWARD_INL_H_
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "kernels/cpu/attention/backward.h"
#include "kernels/cpu/attention/tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

// dots[row, head] = dout . out, which the softmax gradient subtracts, for rows [begin, end).
inline void output_dots(const float* dout, const float* out, int64_t heads, int64_t head_dim,
                        int64_t begin, int64_t end, float* dots) {
  for (int64_t at = begin * heads; at < end * heads; ++at) {
    const float* a = dout + at * head_dim;
    const float* b = out + at * head_dim;
    dots[at] = sum_vectors(head_dim, [&](int64_t i, auto access, FloatVec sum) HWY_ATTR {
      return hn::MulAdd(access.load(a + i), access.load(b + i), sum);
    });
  }
}

// tile[query][key] = rows[query] . columns[:, key]; groups of queries leave out the keys that none
// of them sees. In a tile, query i sees keys up to visible + i.
inline void row_products(const float* rows, const float* columns, int64_t visible,
                         const TileSize& size, float* tile) {
  const int64_t padded_keys = whole_vectors(size.keys);
  constexpr int64_t kGroup = 12;
  for (int64_t query = 0; query < size.queries; query += kGroup) {
    const int64_t count = HWY_MIN(kGroup, size.queries - query);
    const int64_t end = HWY_MIN(padded_keys, whole_vectors(visible + query + count));
    const Product p = {rows + query * size.padded_dim, size.padded_dim, columns, kTile,
                       tile + query * kTile,           kTile,           false,   nullptr};
    multiply<false>(p, count, 0, end, {size.head_dim});
  }
}

// scores -> probabilities p, dp -> gradient of the unscaled scores, p (dp - dot) scale. What a
// query does not see becomes 0.
inline void soften_tile(const BackwardTile& s, const TileSize& size, const float* lse,
                        const float* dots, int64_t row_stride, float scale, int64_t visible) {
  const FloatTag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const FloatVec scales = hn::Set(d, scale);
  const int64_t padded_keys = whole_vectors(size.keys);
  for (int64_t query = 0; query < size.queries; ++query) {
    const FloatVec shift = hn::Set(d, lse[query * row_stride]);
    const FloatVec dot = hn::Set(d, dots[query * row_stride]);
    float* p_row = s.p + query * kTile;
    float* ds_row = s.ds + query * kTile;
    const int64_t seen = HWY_MIN(visible + query + 1, size.keys);
    for (int64_t key = 0; key < padded_keys; key += lanes) {
      const int64_t left = HWY_MAX(int64_t{0}, HWY_MIN(lanes, seen - key));
      const auto mask = hn::FirstN(d, static_cast<size_t>(left));
      const FloatVec score = hn::LoadU(d, p_row + key);
      const FloatVec p = hn::IfThenElseZero(mask, exp_to_88(hn::MulSub(score, scales, shift)));
      const FloatVec dp = hn::Sub(hn::LoadU(d, ds_row + key), dot);
      hn::StoreU(p, d, p_row + key);
      hn::StoreU(hn::IfThenElseZero(mask, hn::Mul(hn::Mul(p, scales), dp)), d, ds_row + key);
    }
  }
}

// Adds the tile's part to dk and dv, and leaves its part of dq in s.dq.
inline void gradient_products(const BackwardTile& s, const TileSize& size, int64_t visible) {
  const int64_t columns = whole_vectors(size.head_dim);
  Depth queries{size.queries};
  queries.begin = -visible;
  const Product dv = {s.p, kTile, s.douts, size.padded_dim, s.dv, size.padded_dim, true, nullptr};
  multiply<true>(dv, size.keys, 0, columns, queries);
  const Product dk = {s.ds, kTile,           s.queries, size.padded_dim,
                      s.dk, size.padded_dim, true,      nullptr};
  multiply<true>(dk, size.keys, 0, columns, queries);
  Depth keys{size.keys};
  keys.end = visible + 1;
  const Product dq = {s.ds, kTile, s.keys, size.padded_dim, s.dq, size.padded_dim, false, nullptr};
  multiply<false>(dq, size.queries, 0, columns, keys);
}

inline void add_rows(const float* from, int64_t from_stride, int64_t rows, int64_t width, bool add,
                     float* to, int64_t to_stride) {
  for (int64_t row = 0; row < rows; ++row) {
    float* target = to + row * to_stride;
    each_vector(width, [&](int64_t i, auto at) HWY_ATTR {
      const FloatVec v = at.load(from + row * from_stride + i);
      at.store(add ? hn::Add(v, at.load(target + i)) : v, target + i);
    });
  }
}

// The queries [begin, end) of one head against the packed keys of `t`.
inline void query_tile(const GradientBlock& t, const BackwardTile& s, int64_t head, int64_t begin,
                       int64_t end) {
  const int64_t visible = t.visible + begin - t.key_begin;
  const TileSize size = {end - begin, t.key_end - t.key_begin, t.head_dim, s.padded_dim};
  const int64_t out_width = t.heads * t.head_dim;
  pack_rows(t.q + begin * t.q_stride + head * t.head_dim, t.q_stride, size.queries, t.head_dim,
            s.padded_dim, s.queries);
  pack_rows(t.dout + begin * out_width + head * t.head_dim, out_width, size.queries, t.head_dim,
            s.padded_dim, s.douts);
  row_products(s.queries, s.keys_transposed, visible, size, s.p);
  row_products(s.douts, s.values_transposed, visible, size, s.ds);
  soften_tile(s, size, t.lse + begin * t.heads + head, t.dots + begin * t.heads + head, t.heads,
              t.scale, visible);
  gradient_products(s, size, visible);
  add_rows(s.dq, s.padded_dim, size.queries, t.head_dim, !t.first,
           t.dq + begin * t.dq_stride + head * t.head_dim, t.dq_stride);
}

// Gradients of one block of keys of one key/value head from all queries that see it.
inline void key_block_gradient(const GradientBlock& t, const BackwardTile& s) {
  const int64_t keys = t.key_end - t.key_begin;
  const float* k = t.k + t.key_begin * t.kv_stride;
  const float* v = t.v + t.key_begin * t.kv_stride;
  pack_rows(k, t.kv_stride, keys, t.head_dim, s.padded_dim, s.keys);
  pack_transposed(k, t.kv_stride, keys, t.head_dim, s.keys_transposed, kTile);
  pack_transposed(v, t.kv_stride, keys, t.head_dim, s.values_transposed, kTile);
  const size_t bytes = static_cast<size_t>(keys * s.padded_dim) * sizeof(float);
  std::memset(s.dk, 0, bytes);
  std::memset(s.dv, 0, bytes);
  for (int64_t begin = HWY_MAX(t.query_begin, t.key_begin - t.visible); begin < t.query_end;
       begin += kTile) {
    const int64_t end = HWY_MIN(begin + kTile, t.query_end);
    for (int64_t head = t.head_begin; head < t.head_end; ++head) query_tile(t, s, head, begin, end);
  }
  const int64_t at = t.key_begin * t.dkv_stride;
  add_rows(s.dk, s.padded_dim, keys, t.head_dim, t.add_dkv, t.dk + at, t.dkv_stride);
  add_rows(s.dv, s.padded_dim, keys, t.head_dim, t.add_dkv, t.dv + at, t.dkv_stride);
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // RADDLE_KERNELS_CPU_ATTENTION_BACKWARD_INL_H_
