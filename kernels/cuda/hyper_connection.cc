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
using cuda::SiteBackwardParametersOf;
using cuda::SiteForwardParametersOf;
using hyper_connection_cuda::plan_of;
using hyper_connection_cuda::scratch_of;
using hyper_connection_cuda::SitePlan;
using hyper_connection_cuda::SiteScratch;
using hyper_connection_cuda::sizes_of;
using hyper_connection_cuda::Use;

template <class T>
constexpr bool kRounds = sizeof(T) < sizeof(float);

template <class T, Use kUse, class Args>
size_t scratch_bytes(const Args& args, const DeviceCaps&) {
  return scratch_of(args.shape, kUse, plan_of(args.shape, kUse), kRounds<T>, {}).bytes;
}

// Whether every four columns of these activations can be moved at once.
template <class T>
bool is_aligned(const SiteShape& shape, std::initializer_list<const T*> activations) {
  uintptr_t bits = static_cast<uintptr_t>(shape.d) * sizeof(T);
  for (const T* activation : activations) bits |= reinterpret_cast<uintptr_t>(activation);
  return bits % (4 * sizeof(T)) == 0;
}

// A kernel that has a block's arrays in shared memory, and that of large tokens.
struct SiteKernel {
  CudaKernel fits, large;
};
struct SiteCode {
  SiteKernel read, write, boundary, read_grad, write_grad, boundary_grad;
};
#define RADDLE_SITE_KERNEL(name, suffix)                    \
  {                                                         \
    CudaKernel::hyper_connection_##name##suffix,            \
        CudaKernel::hyper_connection_##name##_large##suffix \
  }
#define RADDLE_SITE_CODE(suffix)                                                          \
  {                                                                                       \
    RADDLE_SITE_KERNEL(read, suffix), RADDLE_SITE_KERNEL(write, suffix),                  \
        RADDLE_SITE_KERNEL(boundary, suffix), RADDLE_SITE_KERNEL(read_grad, suffix),      \
        RADDLE_SITE_KERNEL(write_grad, suffix), RADDLE_SITE_KERNEL(boundary_grad, suffix) \
  }
template <class T>
constexpr SiteCode kSiteCode = RADDLE_SITE_CODE();
template <>
constexpr SiteCode kSiteCode<Bf16> = RADDLE_SITE_CODE(_bf16);
#undef RADDLE_SITE_CODE
#undef RADDLE_SITE_KERNEL

// What a launch has before its pointers are known.
template <class T>
struct Site {
  SitePlan plan;
  SiteScratch scratch;
  cuda::SiteSizes sizes;
  Site(const SiteShape& shape, Use use, const Launch& launch,
       std::initializer_list<const T*> activations)
      : plan(plan_of(shape, use)),
        scratch(scratch_of(shape, use, plan, kRounds<T>, launch.scratch)),
        sizes(sizes_of(shape)) {
    sizes.is_aligned = is_aligned(shape, activations);
    plan.tiles.workspaces = scratch.workspaces;
  }
  template <class Parameters>
  Status run(const SiteKernel& kernel, const Parameters& p, const Launch& launch) const {
    if (plan.is_large) return launch_cuda(launch, kernel.large, {plan.blocks, kSiteThreads}, p);
    const size_t shared = static_cast<size_t>(plan.tiles.floats) * sizeof(float);
    return launch_cuda(launch, kernel.fits, {plan.blocks, kSiteThreads, 1, shared}, p);
  }
};

cuda::SiteCoefficients coefficients_of(const SiteParameters& p) { return {p.c0, p.s}; }

template <class T>
Status fold(const Site<T>& site, const SiteParameters& p, const Launch& launch) {
  if (!site.sizes.is_dynamic) return Status::ok();
  const int64_t count = int64_t{site.sizes.qp} * site.sizes.dp;
  return launch_cuda(launch, CudaKernel::hyper_connection_fold,
                     {blocks_for(count, kSiteThreads), kSiteThreads},
                     cuda::SiteFoldParameters{site.sizes, p.w, p.norm_weight, site.scratch.folded});
}

template <class T>
Status read(const HyperConnectionReadArgsOf<T>& a, const Launch& launch) {
  const Site<T> site(a.shape, Use::kRead, launch, {a.h, a.x});
  RADDLE_RETURN_IF_ERROR(fold(site, a.site, launch));
  SiteForwardParametersOf<T> p{};
  p.size = site.sizes;
  p.tiles = site.plan.tiles;
  p.read = coefficients_of(a.site);
  p.folded = site.scratch.folded;
  p.h = a.h;
  p.x = a.x;
  p.t_read = a.t;
  return site.run(kSiteCode<T>.read, p, launch);
}

template <class T>
Status write(const HyperConnectionWriteArgsOf<T>& a, const Launch& launch) {
  const Site<T> site(a.shape, Use::kWrite, launch, {a.h, a.z, a.h_next});
  SiteForwardParametersOf<T> p{};
  p.size = site.sizes;
  p.tiles = site.plan.tiles;
  p.written = coefficients_of(a.site);
  p.h = a.h;
  p.z = a.z;
  p.t = a.t;
  p.h_next = a.h_next;
  return site.run(kSiteCode<T>.write, p, launch);
}

template <class T>
Status boundary(const HyperConnectionBoundaryArgsOf<T>& a, const Launch& launch) {
  const Site<T> site(a.shape, Use::kBoundary, launch, {a.h, a.z, a.h_next, a.x_next});
  RADDLE_RETURN_IF_ERROR(fold(site, a.next, launch));
  const SiteForwardParametersOf<T> p = {site.sizes,
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
  return site.run(kSiteCode<T>.boundary, p, launch);
}

// From the partial sums to the parameters' gradients.
template <class T>
Status finish_parameters(const Site<T>& site, const SiteParameters& of, const SiteGradients& out,
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
template <class T>
SiteBackwardParametersOf<T> backward_of(const Site<T>& site) {
  SiteBackwardParametersOf<T> p{};
  p.size = site.sizes;
  p.tiles = site.plan.tiles;
  p.folded = site.scratch.folded;
  p.partials = site.scratch.partials;
  p.groups = site.plan.groups;
  p.partial_floats = site.plan.partial_floats;
  p.waiting = site.scratch.waiting;
  return p;
}

template <class T>
Status write_grad(const HyperConnectionWriteGradArgsOf<T>& a, const Launch& launch) {
  const Site<T> site(a.shape, Use::kWriteGrad, launch, {a.dh_next, a.h, a.z, a.dh, a.dz});
  SiteBackwardParametersOf<T> p = backward_of(site);
  p.written = coefficients_of(a.site);
  p.dh_in = a.dh_next;
  p.h = a.h;
  p.z = a.z;
  p.t = a.t;
  p.dz = a.dz;
  p.dc = a.dc;
  p.dh = a.dh;
  return site.run(kSiteCode<T>.write_grad, p, launch);
}

template <class T>
Status read_grad(const HyperConnectionReadGradArgsOf<T>& a, const Launch& launch) {
  const Site<T> site(a.shape, Use::kReadGrad, launch, {a.dx, a.dh_in, a.h, a.dh});
  RADDLE_RETURN_IF_ERROR(fold(site, a.site, launch));
  SiteBackwardParametersOf<T> p = backward_of(site);
  p.read = coefficients_of(a.site);
  p.dx = a.dx;
  p.dc_read = a.dc;
  p.dh_in = a.dh_in;
  p.h_read = a.h;
  p.t_read = a.t;
  p.dh = a.dh;
  RADDLE_RETURN_IF_ERROR(site.run(kSiteCode<T>.read_grad, p, launch));
  return finish_parameters(site, a.site, a.gradients, launch);
}

template <class T>
Status boundary_grad(const HyperConnectionBoundaryGradArgsOf<T>& a, const Launch& launch) {
  const Site<T> site(a.shape, Use::kBoundaryGrad, launch,
                     {a.dx_next, a.dh_next_in, a.h_next, a.h, a.z, a.dh, a.dz});
  RADDLE_RETURN_IF_ERROR(fold(site, a.next, launch));
  SiteBackwardParametersOf<T> p = backward_of(site);
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
  RADDLE_RETURN_IF_ERROR(site.run(kSiteCode<T>.boundary_grad, p, launch));
  return finish_parameters(site, a.next, a.next_gradients, launch);
}

}  // namespace

// The kernels of one op, for both types.
#define RADDLE_SITE_OP(Op, name)                                                                \
  constinit const Kernel<HyperConnection##Op##Args> kHyperConnection##Op##Cuda = {              \
      "hyper_connection_" #name ":cuda", accept_any<HyperConnection##Op##Args>,                 \
      scratch_bytes<float, Use::k##Op, HyperConnection##Op##Args>, name<float>, RunsOn::kCuda}; \
  constinit const Kernel<HyperConnection##Op##ArgsOf<Bf16>> kHyperConnection##Op##CudaBf16 = {  \
      "hyper_connection_" #name ":cuda", accept_any<HyperConnection##Op##ArgsOf<Bf16>>,         \
      scratch_bytes<Bf16, Use::k##Op, HyperConnection##Op##ArgsOf<Bf16>>, name<Bf16>,           \
      RunsOn::kCuda};
RADDLE_SITE_OP(Read, read)
RADDLE_SITE_OP(Write, write)
RADDLE_SITE_OP(Boundary, boundary)
RADDLE_SITE_OP(ReadGrad, read_grad)
RADDLE_SITE_OP(WriteGrad, write_grad)
RADDLE_SITE_OP(BoundaryGrad, boundary_grad)
#undef RADDLE_SITE_OP

}  // namespace raddle::kernels
