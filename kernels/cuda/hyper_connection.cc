// SPDX-License-Identifier: Apache-2.0
// Host side of the virtual-width kernels.
#include "kernels/cuda/hyper_connection.h"

#include <initializer_list>

#include "kernels/cuda/code.h"
#include "kernels/cuda/hyper_connection_plan.h"
#include "kernels/ops/hyper_connection.h"

namespace raddle::kernels {
namespace {

using cuda::kSiteThreads;
using cuda::kSiteWarps;
using cuda::SiteBackwardParameters;
using cuda::SiteForwardParameters;
using hyper_connection_cuda::plan_of;
using hyper_connection_cuda::scratch_of;
using hyper_connection_cuda::SitePlan;
using hyper_connection_cuda::SiteScratch;
using hyper_connection_cuda::sizes_of;
using hyper_connection_cuda::Use;

template <class Args, Use kUse>
size_t scratch_bytes(const Args& args, const DeviceCaps&) {
  return scratch_of(args.shape, kUse, plan_of(args.shape, kUse), {}).bytes;
}

// Whether every row of these activations can be read 16 bytes at a time.
bool is_aligned(const SiteShape& shape, std::initializer_list<const void*> activations) {
  uintptr_t bits = static_cast<uintptr_t>(shape.d % 4 * int64_t{sizeof(float)});
  for (const void* activation : activations) bits |= reinterpret_cast<uintptr_t>(activation);
  return bits % 16 == 0;
}

// What a launch has before its pointers are known.
struct Site {
  SitePlan plan;
  SiteScratch scratch;
  cuda::SiteSizes sizes;
  Site(const SiteShape& shape, Use use, const Launch& launch,
       std::initializer_list<const void*> activations)
      : plan(plan_of(shape, use)),
        scratch(scratch_of(shape, use, plan, launch.scratch)),
        sizes(sizes_of(shape)) {
    sizes.is_aligned = is_aligned(shape, activations);
    plan.tiles.workspaces = scratch.workspaces;
  }
  // `fits` has a block's arrays in shared memory, `large` in a workspace.
  template <class Parameters>
  Status run(CudaKernel fits, CudaKernel large, const Parameters& p, const Launch& launch) const {
    if (plan.is_large) return launch_cuda(launch, large, {plan.blocks, kSiteThreads}, p);
    const size_t shared = static_cast<size_t>(plan.tiles.floats) * sizeof(float);
    return launch_cuda(launch, fits, {plan.blocks, kSiteThreads, 1, shared}, p);
  }
};

cuda::SiteCoefficients coefficients_of(const SiteParameters& p) { return {p.c0, p.s}; }

Status fold(const Site& site, const SiteParameters& p, const Launch& launch) {
  if (!site.sizes.is_dynamic) return Status::ok();
  const int64_t count = int64_t{site.sizes.qp} * site.sizes.dp;
  return launch_cuda(launch, CudaKernel::hyper_connection_fold,
                     {blocks_for(count, kSiteThreads), kSiteThreads},
                     cuda::SiteFoldParameters{site.sizes, p.w, p.norm_weight, site.scratch.folded});
}

Status read(const HyperConnectionReadArgs& a, const Launch& launch) {
  const Site site(a.shape, Use::kRead, launch, {a.h, a.x});
  RADDLE_RETURN_IF_ERROR(fold(site, a.site, launch));
  SiteForwardParameters p{};
  p.size = site.sizes;
  p.tiles = site.plan.tiles;
  p.read = coefficients_of(a.site);
  p.folded = site.scratch.folded;
  p.h = a.h;
  p.x = a.x;
  p.t_read = a.t;
  return site.run(CudaKernel::hyper_connection_read, CudaKernel::hyper_connection_read_large, p,
                  launch);
}

Status write(const HyperConnectionWriteArgs& a, const Launch& launch) {
  const Site site(a.shape, Use::kWrite, launch, {a.h, a.z, a.h_next});
  SiteForwardParameters p{};
  p.size = site.sizes;
  p.tiles = site.plan.tiles;
  p.written = coefficients_of(a.site);
  p.h = a.h;
  p.z = a.z;
  p.t = a.t;
  p.h_next = a.h_next;
  return site.run(CudaKernel::hyper_connection_write, CudaKernel::hyper_connection_write_large, p,
                  launch);
}

Status boundary(const HyperConnectionBoundaryArgs& a, const Launch& launch) {
  const Site site(a.shape, Use::kBoundary, launch, {a.h, a.z, a.h_next, a.x_next});
  RADDLE_RETURN_IF_ERROR(fold(site, a.next, launch));
  const SiteForwardParameters p = {site.sizes,
                                   site.plan.tiles,
                                   coefficients_of(a.site),
                                   coefficients_of(a.next),
                                   site.scratch.folded,
                                   a.h,
                                   a.z,
                                   a.t,
                                   a.h_next,
                                   a.x_next,
                                   a.t_next};
  return site.run(CudaKernel::hyper_connection_boundary,
                  CudaKernel::hyper_connection_boundary_large, p, launch);
}

// From the partial sums to the parameters' gradients.
Status finish_parameters(const Site& site, const SiteParameters& of, const SiteGradients& out,
                         const Launch& launch) {
  const cuda::SiteSumParameters sum = {site.sizes,
                                       site.scratch.partials,
                                       site.plan.groups,
                                       site.plan.partial_floats,
                                       site.scratch.dfolded,
                                       out.dc0,
                                       out.ds,
                                       out.accumulate_dc0,
                                       out.accumulate_ds};
  RADDLE_RETURN_IF_ERROR(launch_cuda(launch, CudaKernel::hyper_connection_sum,
                                     {blocks_for(site.plan.partial_floats, 32), kSiteThreads},
                                     sum));
  if (!site.sizes.is_dynamic || (out.dw == nullptr && out.dnorm_weight == nullptr)) {
    return Status::ok();
  }
  const cuda::SiteUnfoldParameters unfold = {
      site.sizes,        site.scratch.dfolded,       of.w, of.norm_weight, out.dw, out.dnorm_weight,
      out.accumulate_dw, out.accumulate_dnorm_weight};
  return launch_cuda(launch, CudaKernel::hyper_connection_unfold,
                     {blocks_for(site.sizes.d, kSiteWarps), kSiteThreads}, unfold);
}

// Parameters of a gradient that has no pointers yet.
SiteBackwardParameters backward_of(const Site& site) {
  SiteBackwardParameters p{};
  p.size = site.sizes;
  p.tiles = site.plan.tiles;
  p.folded = site.scratch.folded;
  p.partials = site.scratch.partials;
  p.groups = site.plan.groups;
  p.partial_floats = site.plan.partial_floats;
  return p;
}

Status write_grad(const HyperConnectionWriteGradArgs& a, const Launch& launch) {
  const Site site(a.shape, Use::kWriteGrad, launch, {a.dh_next, a.h, a.z, a.dh, a.dz});
  SiteBackwardParameters p = backward_of(site);
  p.written = coefficients_of(a.site);
  p.dh_in = a.dh_next;
  p.h = a.h;
  p.z = a.z;
  p.t = a.t;
  p.dz = a.dz;
  p.dc = a.dc;
  p.dh = a.dh;
  return site.run(CudaKernel::hyper_connection_write_grad,
                  CudaKernel::hyper_connection_write_grad_large, p, launch);
}

Status read_grad(const HyperConnectionReadGradArgs& a, const Launch& launch) {
  const Site site(a.shape, Use::kReadGrad, launch, {a.dx, a.dh_in, a.h, a.dh});
  RADDLE_RETURN_IF_ERROR(fold(site, a.site, launch));
  SiteBackwardParameters p = backward_of(site);
  p.read = coefficients_of(a.site);
  p.dx = a.dx;
  p.dc_read = a.dc;
  p.dh_in = a.dh_in;
  p.h_read = a.h;
  p.t_read = a.t;
  p.dh = a.dh;
  RADDLE_RETURN_IF_ERROR(site.run(CudaKernel::hyper_connection_read_grad,
                                  CudaKernel::hyper_connection_read_grad_large, p, launch));
  return finish_parameters(site, a.site, a.gradients, launch);
}

Status boundary_grad(const HyperConnectionBoundaryGradArgs& a, const Launch& launch) {
  const Site site(a.shape, Use::kBoundaryGrad, launch,
                  {a.dx_next, a.dh_next_in, a.h_next, a.h, a.z, a.dh, a.dz});
  RADDLE_RETURN_IF_ERROR(fold(site, a.next, launch));
  SiteBackwardParameters p = backward_of(site);
  p.read = coefficients_of(a.next);
  p.written = coefficients_of(a.site);
  p.dx = a.dx_next;
  p.dc_read = a.dc_next;
  p.dh_in = a.dh_next_in;
  p.h_read = a.h_next;
  p.t_read = a.t_next;
  p.h = a.h;
  p.z = a.z;
  p.t = a.t;
  p.dz = a.dz;
  p.dc = a.dc;
  p.dh = a.dh;
  RADDLE_RETURN_IF_ERROR(site.run(CudaKernel::hyper_connection_boundary_grad,
                                  CudaKernel::hyper_connection_boundary_grad_large, p, launch));
  return finish_parameters(site, a.next, a.next_gradients, launch);
}

}  // namespace

constinit const Kernel<HyperConnectionReadArgs> kHyperConnectionReadCuda = {
    "hyper_connection_read:cuda", accept_any<HyperConnectionReadArgs>,
    scratch_bytes<HyperConnectionReadArgs, Use::kRead>, read, RunsOn::kCuda};
constinit const Kernel<HyperConnectionWriteArgs> kHyperConnectionWriteCuda = {
    "hyper_connection_write:cuda", accept_any<HyperConnectionWriteArgs>,
    scratch_bytes<HyperConnectionWriteArgs, Use::kWrite>, write, RunsOn::kCuda};
constinit const Kernel<HyperConnectionBoundaryArgs> kHyperConnectionBoundaryCuda = {
    "hyper_connection_boundary:cuda", accept_any<HyperConnectionBoundaryArgs>,
    scratch_bytes<HyperConnectionBoundaryArgs, Use::kBoundary>, boundary, RunsOn::kCuda};
constinit const Kernel<HyperConnectionReadGradArgs> kHyperConnectionReadGradCuda = {
    "hyper_connection_read_grad:cuda", accept_any<HyperConnectionReadGradArgs>,
    scratch_bytes<HyperConnectionReadGradArgs, Use::kReadGrad>, read_grad, RunsOn::kCuda};
constinit const Kernel<HyperConnectionWriteGradArgs> kHyperConnectionWriteGradCuda = {
    "hyper_connection_write_grad:cuda", accept_any<HyperConnectionWriteGradArgs>,
    scratch_bytes<HyperConnectionWriteGradArgs, Use::kWriteGrad>, write_grad, RunsOn::kCuda};
constinit const Kernel<HyperConnectionBoundaryGradArgs> kHyperConnectionBoundaryGradCuda = {
    "hyper_connection_boundary_grad:cuda", accept_any<HyperConnectionBoundaryGradArgs>,
    scratch_bytes<HyperConnectionBoundaryGradArgs, Use::kBoundaryGrad>, boundary_grad,
    RunsOn::kCuda};

}  // namespace raddle::kernels
