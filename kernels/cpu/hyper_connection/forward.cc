// SPDX-License-Identifier: Apache-2.0
// The tuned CPU kernels of virtual width: any m, n and d, spread over the worker pool in fixed
// blocks of tokens, so that results are bit-equal for any number of threads.
#include "kernels/ops/hyper_connection.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/hyper_connection/forward.cc"
#include <hwy/foreach_target.h>
#include "kernels/cpu/hyper_connection/blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::hyper_connection::HWY_NAMESPACE {

using Use = ScratchLayout::Use;

Status launch_read(const HyperConnectionReadArgs& a, const Launch& launch) {
  const SiteShape& s = a.shape;
  device::WorkerPool& pool = launch.stream.pool();
  ScratchCursor cursor(launch.scratch);
  const ScratchLayout layout(s, Use::kRead, pool.threads(), cursor);
  if (s.dynamic) fold_weights(s, a.site, !generate_by_rows(s), layout.folded, pool);
  pool.run_chunks(s.rows, block_tokens(s), [&](int64_t begin, int64_t end, int worker) {
    read_block(s, a.site, layout.folded, a.h + begin * s.n * s.d, a.x + begin * s.m * s.d,
               s.dynamic ? a.t + begin * s.n * s.q() : nullptr, end - begin,
               layout.worker(s, worker));
  });
  return Status::ok();
}

Status launch_write(const HyperConnectionWriteArgs& a, const Launch& launch) {
  const SiteShape& s = a.shape;
  device::WorkerPool& pool = launch.stream.pool();
  ScratchCursor cursor(launch.scratch);
  const ScratchLayout layout(s, Use::kWrite, pool.threads(), cursor);
  pool.run_chunks(s.rows, block_tokens(s), [&](int64_t begin, int64_t end, int worker) {
    write_block(s, a.site, a.h + begin * s.n * s.d, a.z + begin * s.m * s.d, token_t(s, a.t, begin),
                a.h_next + begin * s.n * s.d, end - begin, layout.worker(s, worker));
  });
  return Status::ok();
}

Status launch_boundary(const HyperConnectionBoundaryArgs& a, const Launch& launch) {
  const SiteShape& s = a.shape;
  device::WorkerPool& pool = launch.stream.pool();
  ScratchCursor cursor(launch.scratch);
  const ScratchLayout layout(s, Use::kRead, pool.threads(), cursor);
  if (s.dynamic) fold_weights(s, a.next, !generate_by_rows(s), layout.folded, pool);
  pool.run_chunks(s.rows, block_tokens(s), [&](int64_t begin, int64_t end, int worker) {
    const WorkerScratch work = layout.worker(s, worker);
    float* h_next = a.h_next + begin * s.n * s.d;
    write_block(s, a.site, a.h + begin * s.n * s.d, a.z + begin * s.m * s.d, token_t(s, a.t, begin),
                h_next, end - begin, work);
    read_block(s, a.next, layout.folded, h_next, a.x_next + begin * s.m * s.d,
               s.dynamic ? a.t_next + begin * s.n * s.q() : nullptr, end - begin, work);
  });
  return Status::ok();
}

}  // namespace raddle::kernels::hyper_connection::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {
namespace hyper_connection {
namespace {

HWY_EXPORT(launch_read);
HWY_EXPORT(launch_write);
HWY_EXPORT(launch_boundary);

Status read(const HyperConnectionReadArgs& args, const Launch& launch) {
  return HWY_DYNAMIC_DISPATCH(launch_read)(args, launch);
}
Status write(const HyperConnectionWriteArgs& args, const Launch& launch) {
  return HWY_DYNAMIC_DISPATCH(launch_write)(args, launch);
}
Status boundary(const HyperConnectionBoundaryArgs& args, const Launch& launch) {
  return HWY_DYNAMIC_DISPATCH(launch_boundary)(args, launch);
}

}  // namespace
}  // namespace hyper_connection

using Use = hyper_connection::ScratchLayout::Use;
const Kernel<HyperConnectionReadArgs> kHyperConnectionReadCpu = {
    "hyper_connection_read:cpu", accept_any,
    hyper_connection::scratch<HyperConnectionReadArgs, Use::kRead>, hyper_connection::read};
const Kernel<HyperConnectionWriteArgs> kHyperConnectionWriteCpu = {
    "hyper_connection_write:cpu", accept_any,
    hyper_connection::scratch<HyperConnectionWriteArgs, Use::kWrite>, hyper_connection::write};
const Kernel<HyperConnectionBoundaryArgs> kHyperConnectionBoundaryCpu = {
    "hyper_connection_boundary:cpu", accept_any,
    hyper_connection::scratch<HyperConnectionBoundaryArgs, Use::kRead>, hyper_connection::boundary};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
