// SPDX-License-Identifier: Apache-2.0
// The tuned CPU kernels of virtual width: any m, n and d, spread over the worker pool in fixed
// blocks of tokens, so that results are bit-equal for any number of threads.
#include "kernels/ops/hyper_connection.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/hyper_connection/forward.cc"
#include <hwy/foreach_target.h>
#include "kernels/cpu/hyper_connection/blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::ghc::HWY_NAMESPACE {

using Use = ScratchLayout::Use;

Status launch_read(const GhcReadArgs& a, const Launch& launch) {
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

Status launch_write(const GhcWriteArgs& a, const Launch& launch) {
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

Status launch_boundary(const GhcBoundaryArgs& a, const Launch& launch) {
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

}  // namespace raddle::kernels::ghc::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {
namespace ghc {
namespace {

HWY_EXPORT(launch_read);
HWY_EXPORT(launch_write);
HWY_EXPORT(launch_boundary);

template <class Args, ScratchLayout::Use kUse>
size_t scratch(const Args& args, const DeviceCaps& caps) {
  ScratchCursor cursor;
  const ScratchLayout layout(args.shape, kUse, caps.threads, cursor);
  return cursor.bytes();
}
Status read(const GhcReadArgs& args, const Launch& launch) {
  return HWY_DYNAMIC_DISPATCH(launch_read)(args, launch);
}
Status write(const GhcWriteArgs& args, const Launch& launch) {
  return HWY_DYNAMIC_DISPATCH(launch_write)(args, launch);
}
Status boundary(const GhcBoundaryArgs& args, const Launch& launch) {
  return HWY_DYNAMIC_DISPATCH(launch_boundary)(args, launch);
}

}  // namespace
}  // namespace ghc

using Use = ghc::ScratchLayout::Use;
const Kernel<GhcReadArgs> kGhcReadCpu = {"ghc_read:cpu", accept_any,
                                         ghc::scratch<GhcReadArgs, Use::kRead>, ghc::read};
const Kernel<GhcWriteArgs> kGhcWriteCpu = {"ghc_write:cpu", accept_any,
                                           ghc::scratch<GhcWriteArgs, Use::kWrite>, ghc::write};
const Kernel<GhcBoundaryArgs> kGhcBoundaryCpu = {
    "ghc_boundary:cpu", accept_any, ghc::scratch<GhcBoundaryArgs, Use::kRead>, ghc::boundary};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
