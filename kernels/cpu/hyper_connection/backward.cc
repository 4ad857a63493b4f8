// SPDX-License-Identifier: Apache-2.0
// The tuned CPU kernels of virtual width: any m, n and d, spread over the worker pool in fixed
// blocks of tokens, so that results are bit-equal for any number of threads.
#include "kernels/ops/hyper_connection.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/hyper_connection/backward.cc"
#include <hwy/foreach_target.h>
#include "kernels/cpu/hyper_connection/gradients-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::hyper_connection::HWY_NAMESPACE {

using Use = ScratchLayout::Use;

// Runs body(first token, tokens, sums, worker scratch) over the blocks of every partial sum; one
// partial is one task, so its blocks are added in order.
template <class Body>
void for_each_partial(const SiteShape& s, const ScratchLayout& layout, device::WorkerPool& pool,
                      const Body& body) {
  const int64_t partials = partial_count(s), block = block_tokens(s);
  pool.run(partials, [&](int64_t index, int worker) {
    const PartialSums sums = partial_sums(s, layout, index);
    std::memset(sums.dc0, 0, static_cast<size_t>(layout.partial_stride) * sizeof(float));
    const int64_t end = s.rows * (index + 1) / partials;
    for (int64_t row = s.rows * index / partials; row < end; row += block) {
      body(row, std::min(block, end - row), sums, layout.worker(s, worker));
    }
  });
}

Status launch_write_grad(const HyperConnectionWriteGradArgs& a, const Launch& launch) {
  const SiteShape& s = a.shape;
  device::WorkerPool& pool = launch.stream.pool();
  ScratchCursor cursor(launch.scratch);
  const ScratchLayout layout(s, Use::kWrite, pool.threads(), cursor);
  const int64_t wide = s.n * s.d, narrow = s.m * s.d;
  pool.run_chunks(s.rows, block_tokens(s), [&](int64_t row, int64_t end, int worker) {
    stream_in(a.dh_next + row * wide, (end - row) * wide);  // a boundary has it in the cache
    write_grad_block(
        s, a.site,
        {a.dh_next + row * wide, a.h + row * wide, a.z + row * narrow, token_t(s, a.t, row),
         a.dh + row * wide, a.dz + row * narrow, a.dc + row * s.n * (s.n + s.m)},
        end - row, layout.worker(s, worker));
  });
  return Status::ok();
}

Status launch_read_grad(const HyperConnectionReadGradArgs& a, const Launch& launch) {
  const SiteShape& s = a.shape;
  device::WorkerPool& pool = launch.stream.pool();
  ScratchCursor cursor(launch.scratch);
  const ScratchLayout layout(s, Use::kReadGradient, pool.threads(), cursor);
  const int64_t wide = s.n * s.d, narrow = s.m * s.d;
  if (s.dynamic) fold_weights(s, a.site, true, layout.folded, pool);
  for_each_partial(
      s, layout, pool,
      [&](int64_t row, int64_t tokens, const PartialSums& sums, const WorkerScratch& work) {
        read_grad_block(s, a.site, layout.folded,
                        {a.dx + row * narrow, a.dc + row * s.n * (s.n + s.m), a.dh_in + row * wide,
                         a.h + row * wide, token_t(s, a.t, row), a.dh + row * wide},
                        tokens, sums, work);
      });
  reduce_parameters(s, a.site, layout, a.gradients, pool);
  return Status::ok();
}

Status launch_boundary_grad(const HyperConnectionBoundaryGradArgs& a, const Launch& launch) {
  const SiteShape& s = a.shape;
  device::WorkerPool& pool = launch.stream.pool();
  ScratchCursor cursor(launch.scratch);
  const ScratchLayout layout(s, Use::kBoundaryGradient, pool.threads(), cursor);
  const int64_t wide = s.n * s.d, narrow = s.m * s.d, dc_width = s.n * (s.n + s.m);
  if (s.dynamic) fold_weights(s, a.next, true, layout.folded, pool);
  for_each_partial(
      s, layout, pool,
      [&](int64_t row, int64_t tokens, const PartialSums& sums, const WorkerScratch& work) {
        read_grad_block(
            s, a.next, layout.folded,
            {a.dx_next + row * narrow, a.dc_next + row * dc_width, a.dh_next_in + row * wide,
             a.h_next + row * wide, token_t(s, a.t_next, row), work.between},
            tokens, sums, work);
        write_grad_block(s, a.site,
                         {work.between, a.h + row * wide, a.z + row * narrow, token_t(s, a.t, row),
                          a.dh + row * wide, a.dz + row * narrow, a.dc + row * dc_width},
                         tokens, work);
      });
  reduce_parameters(s, a.next, layout, a.next_gradients, pool);
  return Status::ok();
}

}  // namespace raddle::kernels::hyper_connection::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {
namespace hyper_connection {
namespace {

HWY_EXPORT(launch_write_grad);
HWY_EXPORT(launch_read_grad);
HWY_EXPORT(launch_boundary_grad);

Status write_grad(const HyperConnectionWriteGradArgs& args, const Launch& launch) {
  return HWY_DYNAMIC_DISPATCH(launch_write_grad)(args, launch);
}
Status read_grad(const HyperConnectionReadGradArgs& args, const Launch& launch) {
  return HWY_DYNAMIC_DISPATCH(launch_read_grad)(args, launch);
}
Status boundary_grad(const HyperConnectionBoundaryGradArgs& args, const Launch& launch) {
  return HWY_DYNAMIC_DISPATCH(launch_boundary_grad)(args, launch);
}

}  // namespace
}  // namespace hyper_connection

using Use = hyper_connection::ScratchLayout::Use;
const Kernel<HyperConnectionReadGradArgs> kHyperConnectionReadGradCpu = {
    "hyper_connection_read_grad:cpu", accept_any,
    hyper_connection::scratch<HyperConnectionReadGradArgs, Use::kReadGradient>,
    hyper_connection::read_grad};
const Kernel<HyperConnectionWriteGradArgs> kHyperConnectionWriteGradCpu = {
    "hyper_connection_write_grad:cpu", accept_any,
    hyper_connection::scratch<HyperConnectionWriteGradArgs, Use::kWrite>,
    hyper_connection::write_grad};
const Kernel<HyperConnectionBoundaryGradArgs> kHyperConnectionBoundaryGradCpu = {
    "hyper_connection_boundary_grad:cpu", accept_any,
    hyper_connection::scratch<HyperConnectionBoundaryGradArgs, Use::kBoundaryGradient>,
    hyper_connection::boundary_grad};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
