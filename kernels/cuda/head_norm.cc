// SPDX-License-Identifier: Apache-2.0
// Host side of the norm of q and k heads: RMS norms of rows that lie inside of wider ones, the q
// heads in the grid's first row of blocks, the k heads in its second, and a third copies v.
#include "kernels/cuda/alignment.h"
#include "kernels/cuda/norm_shape.h"
#include "kernels/ops/rope.h"

namespace raddle::kernels {
namespace {

// Where the parts of a packed row begin, in elements and in statistics.
struct PackedRow {
  int64_t rows, heads, kv_heads, head_dim;
  template <class Args>
  explicit PackedRow(const Args& a)
      : rows(a.rows), heads(a.heads), kv_heads(a.kv_heads), head_dim(a.head_dim) {}
  int64_t width() const { return (heads + 2 * kv_heads) * head_dim; }
  int64_t k() const { return heads * head_dim; }
  int64_t v() const { return (heads + kv_heads) * head_dim; }
  cuda::NormRows of_heads(int64_t count) const {
    return {rows * count, head_dim, count, width(), heads + kv_heads};
  }
  cuda::NormRows q_rows() const { return of_heads(heads); }
  cuda::NormRows k_rows() const { return of_heads(kv_heads); }
  template <class T>
  cuda::CopyColumns<T> copy_v(const T* from, T* to) const {
    return {from + v(), to + v(), rows, kv_heads * head_dim, width()};
  }
};

template <class T>
Status head_norm(const HeadNormArgsOf<T>& a, const Launch& launch) {
  const PackedRow row(a);
  cuda::NormParameters<T> p = {};
  p.part[0] = {a.x, a.q_weight, nullptr, a.y, a.rstd, row.q_rows()};
  p.part[1] = {a.x + row.k(), a.k_weight, nullptr, a.y + row.k(), a.rstd + a.heads, row.k_rows()};
  p.copy = row.copy_v(a.x, a.y);
  p.eps = a.eps;
  p.packed = is_packed(a.head_dim, a.x, a.q_weight, a.k_weight, a.y);
  const NormShape shape = norm_shape(a.head_dim, pack_lanes<T>(p.packed));
  p.team = shape.team;
  const int64_t blocks = shape.blocks(a.rows * std::max(a.heads, a.kv_heads));
  return launch_cuda(launch, of_type<T>(CudaKernel::rms_norm, CudaKernel::rms_norm_bf16),
                     {blocks, shape.threads, 3}, p);
}

// Scratch: partial sums of dq_weight, then of dk_weight.
template <class T>
size_t head_norm_grad_scratch(const HeadNormGradArgsOf<T>& a, const DeviceCaps&) {
  const int64_t blocks = most_gradient_blocks<T>(a.rows * a.heads, a.head_dim) +
                         most_gradient_blocks<T>(a.rows * a.kv_heads, a.head_dim);
  return static_cast<size_t>(blocks * a.head_dim) * sizeof(float);
}

template <class T>
Status head_norm_grad(const HeadNormGradArgsOf<T>& a, const Launch& launch) {
  const PackedRow row(a);
  cuda::NormGradParameters<T> p = {};
  p.packed = is_packed(a.head_dim, a.dy, a.x, a.q_weight, a.k_weight, a.dx);
  const NormShape shape = norm_shape(a.head_dim, pack_lanes<T>(p.packed));
  p.team = shape.team;
  const cuda::NormRows q = row.q_rows(), k = row.k_rows();
  const int64_t q_blocks = shape.gradient_blocks(q.rows), k_blocks = shape.gradient_blocks(k.rows);
  float* of_q = reinterpret_cast<float*>(launch.scratch.data());
  float* of_k = of_q + q_blocks * a.head_dim;
  p.part[0] = {a.dy,       a.x,
               a.q_weight, a.rstd,
               a.dx,       a.dq_weight != nullptr ? of_q : nullptr,
               q,          shape.rows_per_block(q.rows)};
  p.part[1] = {a.dy + row.k(),
               a.x + row.k(),
               a.k_weight,
               a.rstd + a.heads,
               a.dx + row.k(),
               a.dk_weight != nullptr ? of_k : nullptr,
               k,
               shape.rows_per_block(k.rows)};
  p.copy = row.copy_v(a.dy, a.dx);
  const device::CudaGrid grid = {std::max(q_blocks, k_blocks), shape.threads, a.dx == a.dy ? 2 : 3};
  RADDLE_RETURN_IF_ERROR(launch_cuda(
      launch, of_type<T>(CudaKernel::rms_norm_grad, CudaKernel::rms_norm_grad_bf16), grid, p));

  cuda::SumPartialsParameters sums = {};
  int count = 0;
  const auto add_sum = [&](const float* partials, float* target, int64_t blocks, bool accumulate) {
    if (target == nullptr) return;
    sums.of[count++] = {partials, target, blocks, a.head_dim, a.head_dim, accumulate};
  };
  add_sum(of_q, a.dq_weight, q_blocks, a.accumulate_dq_weight);
  add_sum(of_k, a.dk_weight, k_blocks, a.accumulate_dk_weight);
  return sum_partials(launch, sums, count);
}

}  // namespace

constinit const Kernel<HeadNormArgs> kHeadNormCuda = {"head_norm:cuda", accept_any, no_scratch,
                                                      head_norm, RunsOn::kCuda};
constinit const Kernel<HeadNormArgsOf<Bf16>> kHeadNormCudaBf16 = {
    "head_norm:cuda", accept_any, no_scratch, head_norm, RunsOn::kCuda};
constinit const Kernel<HeadNormGradArgs> kHeadNormGradCuda = {
    "head_norm_grad:cuda", accept_any, head_norm_grad_scratch, head_norm_grad, RunsOn::kCuda};
constinit const Kernel<HeadNormGradArgsOf<Bf16>> kHeadNormGradCudaBf16 = {
    "head_norm_grad:cuda", accept_any, head_norm_grad_scratch, head_norm_grad, RunsOn::kCuda};

}  // namespace raddle::kernels
