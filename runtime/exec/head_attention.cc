// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/head_attention.h"

#include <algorithm>

#include "runtime/balance/shared_attention.h"
#include "runtime/exec/attention_rows.h"
#include "runtime/exec/choose_kernel.h"

namespace raddle::exec {
namespace {

using kernels::AttentionArgs;
using kernels::AttentionGradArgs;
using Field = HeadExchange::Field;

// Of the caller's rows from `first_row` on.
template <class Args>
Field qkv_field(const Args& args, int64_t first_row) {
  Field field;
  field.from = args.qkv + first_row * qkv_width(args);
  field.segments[0] = out_width(args);
  field.segments[1] = field.segments[2] = args.kv_heads * args.head_dim;
  return field;
}
Field field_of(const float* from, int64_t width, int64_t first_row) {
  Field field;
  field.from = from + first_row * width;
  field.segments[0] = width;
  return field;
}
Field field_for(float* to, int64_t width, int64_t first_row) {
  Field field = field_of(to, width, first_row);
  field.to = to + first_row * width;
  return field;
}

template <class Args>
Args share_of(const Args& args, const SpreadSequence& sequence) {
  const auto degree = static_cast<int64_t>(sequence.ranks.size());
  Args share = args;
  share.rows = sequence.tokens;
  share.heads = args.heads / degree;
  share.kv_heads = args.kv_heads / degree;
  return share;
}

}  // namespace

StatusOr<std::unique_ptr<HeadAttention>> HeadAttention::create(comm::Communicator& communicator,
                                                               const Sizes& sizes,
                                                               device::Stream& stream,
                                                               const device::DeviceCaps& caps) {
  std::unique_ptr<HeadAttention> made(new HeadAttention(stream));
  size_t scratch_bytes = 0;
  int64_t most = 0;
  for (int64_t degree = 2; degree <= std::min<int64_t>(communicator.size(), sizes.kv_heads);
       ++degree) {
    if (!balance::divides_heads(degree, sizes.heads, sizes.kv_heads)) continue;
    RADDLE_RETURN_IF_ERROR(made->choose_kernels(sizes, degree, caps, &scratch_bytes));
    most = degree;
  }
  if (most == 0) return std::unique_ptr<HeadAttention>();
  // Backward: qkv, out, its gradient and the log-sum-exp go to the heads, the gradient of qkv back.
  const int64_t there = qkv_width(sizes) + 2 * out_width(sizes) + sizes.heads;
  RADDLE_ASSIGN_OR_RETURN(
      made->exchange_, HeadExchange::create(communicator, {sizes.rows, there + qkv_width(sizes), 4,
                                                           static_cast<size_t>(most)}));
  RADDLE_ASSIGN_OR_RETURN(made->scratch_, device::HostBuffer::allocate(scratch_bytes));
  made->cu_seqlens_.resize(static_cast<size_t>(sizes.rows * most + 1));
  return made;
}

Status HeadAttention::choose_kernels(const Sizes& sizes, int64_t degree,
                                     const device::DeviceCaps& caps, size_t* scratch_bytes) {
  // Pointers that say present, and are not followed.
  static float there = 0;
  static const int32_t sequence = 0;
  Kernels chosen;
  chosen.degree = degree;
  AttentionArgs args{};
  args.qkv = args.out = args.lse = &there;
  args.cu_seqlens = &sequence;
  args.rows = sizes.rows * degree;
  args.heads = sizes.heads / degree;
  args.kv_heads = sizes.kv_heads / degree;
  args.head_dim = sizes.head_dim;
  args.scale = 1;
  RADDLE_RETURN_IF_ERROR(
      choose_kernel(kernels::attention_kernels(), args, caps, &chosen.forward, scratch_bytes));
  AttentionGradArgs grad{};
  grad.dout = grad.qkv = grad.out = grad.lse = &there;
  grad.dqkv = &there;
  grad.cu_seqlens = &sequence;
  grad.rows = args.rows;
  grad.heads = args.heads;
  grad.kv_heads = args.kv_heads;
  grad.head_dim = args.head_dim;
  grad.scale = 1;
  RADDLE_RETURN_IF_ERROR(choose_kernel(kernels::attention_grad_kernels(), grad, caps,
                                       &chosen.backward, scratch_bytes));
  kernels_.push_back(chosen);
  return Status::ok();
}

const HeadAttention::Kernels& HeadAttention::kernels_of(const SpreadSequence& sequence) const {
  const auto degree = static_cast<int64_t>(sequence.ranks.size());
  const auto found = std::find_if(kernels_.begin(), kernels_.end(),
                                  [&](const Kernels& one) { return one.degree == degree; });
  RADDLE_ASSERT(found != kernels_.end());
  return *found;
}

const int32_t* HeadAttention::one_sequence(int64_t tokens) {
  cu_seqlens_[0] = 0;
  std::fill_n(cu_seqlens_.begin() + 1, tokens, static_cast<int32_t>(tokens));
  return cu_seqlens_.data();
}

template <class Args>
Status HeadAttention::run(const kernels::Kernel<Args>& kernel, const Args& args) {
  const TraceSpan span(trace_, "attention of own heads", "heads");
  return kernel.launch(args, {stream_, {scratch_.data(), scratch_.bytes()}});
}

Status HeadAttention::forward(const AttentionArgs& args, const SpreadSequence& sequence) {
  const int64_t row = sequence.first_row, qkv = qkv_width(args), out = out_width(args);
  exchange_->begin(sequence);
  const Field there[] = {qkv_field(args, row)};
  RADDLE_RETURN_IF_ERROR(exchange_->to_heads(there));
  AttentionArgs share = share_of(args, sequence);
  share.qkv = exchange_->tokens_of(0);
  share.out = exchange_->tokens_of(qkv);
  share.lse = exchange_->tokens_of(qkv + out);
  share.cu_seqlens = one_sequence(sequence.tokens);
  RADDLE_RETURN_IF_ERROR(run(*kernels_of(sequence).forward, share));
  const Field back[] = {field_for(args.out, out, row), field_for(args.lse, args.heads, row)};
  return exchange_->to_rows(back, qkv);
}

Status HeadAttention::backward(const AttentionGradArgs& args, const SpreadSequence& sequence) {
  const int64_t row = sequence.first_row, qkv = qkv_width(args), out = out_width(args);
  exchange_->begin(sequence);
  const Field there[] = {qkv_field(args, row), field_of(args.out, out, row),
                         field_of(args.dout, out, row), field_of(args.lse, args.heads, row)};
  RADDLE_RETURN_IF_ERROR(exchange_->to_heads(there));
  const int64_t behind = qkv + 2 * out + args.heads;
  AttentionGradArgs share = share_of(args, sequence);
  share.qkv = exchange_->tokens_of(0);
  share.out = exchange_->tokens_of(qkv);
  share.dout = exchange_->tokens_of(qkv + out);
  share.lse = exchange_->tokens_of(qkv + 2 * out);
  share.dqkv = exchange_->tokens_of(behind);
  share.cu_seqlens = one_sequence(sequence.tokens);
  RADDLE_RETURN_IF_ERROR(run(*kernels_of(sequence).backward, share));
  Field gradient = qkv_field(args, row);
  gradient.to = args.dqkv + row * qkv;
  return exchange_->to_rows({&gradient, 1}, behind);
}

}  // namespace raddle::exec
