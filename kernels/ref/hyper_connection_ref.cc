// SPDX-License-Identifier: Apache-2.0
// The reference kernels of virtual width: single-threaded loops over the definition.
#include "kernels/ops/hyper_connection.h"

#include <algorithm>

#include "kernels/ref/hyper_connection_definition.h"
#include "runtime/base/assert.h"

namespace raddle::kernels {
namespace {

hyper_connection::Site<float> site_of(const SiteShape& shape, const SiteParameters& p) {
  return {shape.m, shape.n, shape.d, shape.eps, shape.dynamic, p.c0, p.s, p.w, p.norm_weight};
}

// Start of token `row` in a tensor with `width` floats a token; null stays null.
template <class T>
T* at(T* tensor, int64_t row, int64_t width) {
  return tensor == nullptr ? nullptr : tensor + row * width;
}

int64_t workspace_doubles(const SiteShape& s) {
  return hyper_connection::Workspace::doubles(s.m, s.n, s.d);
}
int64_t sum_doubles(const SiteShape& s) { return 2 * s.n * s.q() + s.d * s.q() + s.d; }

template <class Args>
size_t token_scratch(const Args& args, const DeviceCaps&) {
  return static_cast<size_t>(workspace_doubles(args.shape)) * sizeof(double);
}

template <class Args>
size_t gradient_scratch(const Args& args, const DeviceCaps&) {
  return static_cast<size_t>(workspace_doubles(args.shape) + sum_doubles(args.shape)) *
         sizeof(double);
}

double* doubles_of(const Launch& launch, int64_t count) {
  RADDLE_ASSERT(launch.scratch.size() >= static_cast<size_t>(count) * sizeof(double));
  return reinterpret_cast<double*>(launch.scratch.data());
}

void store(const double* sums, int64_t count, bool accumulate, float* out) {
  for (int64_t i = 0; out != nullptr && i < count; ++i) {
    out[i] = static_cast<float>(accumulate ? out[i] + sums[i] : sums[i]);
  }
}

template <class T>
Status launch_read(const HyperConnectionReadArgsOf<T>& a, const Launch& launch) {
  const SiteShape& s = a.shape;
  const hyper_connection::Workspace work(doubles_of(launch, workspace_doubles(s)), s.m, s.n);
  for (int64_t row = 0; row < s.rows; ++row) {
    hyper_connection::read_token(site_of(s, a.site), at(a.h, row, s.n * s.d),
                                 at(a.x, row, s.m * s.d), at(a.t, row, s.n * s.q()), work);
  }
  return Status::ok();
}

template <class T>
Status launch_write(const HyperConnectionWriteArgsOf<T>& a, const Launch& launch) {
  const SiteShape& s = a.shape;
  const hyper_connection::Workspace work(doubles_of(launch, workspace_doubles(s)), s.m, s.n);
  for (int64_t row = 0; row < s.rows; ++row) {
    hyper_connection::write_token(site_of(s, a.site), at(a.h, row, s.n * s.d),
                                  at(a.z, row, s.m * s.d), at(a.t, row, s.n * s.q()),
                                  at(a.h_next, row, s.n * s.d), work);
  }
  return Status::ok();
}

template <class T>
Status launch_boundary(const HyperConnectionBoundaryArgsOf<T>& a, const Launch& launch) {
  RADDLE_RETURN_IF_ERROR(launch_write<T>({a.shape, a.site, a.h, a.z, a.t, a.h_next}, launch));
  return launch_read<T>({a.shape, a.next, a.h_next, a.x_next, a.t_next}, launch);
}

template <class T>
Status launch_write_grad(const HyperConnectionWriteGradArgsOf<T>& a, const Launch& launch) {
  const SiteShape& s = a.shape;
  const hyper_connection::Workspace work(doubles_of(launch, workspace_doubles(s)), s.m, s.n);
  for (int64_t row = 0; row < s.rows; ++row) {
    hyper_connection::write_grad_token(
        site_of(s, a.site), at(a.dh_next, row, s.n * s.d), at(a.h, row, s.n * s.d),
        at(a.z, row, s.m * s.d), at(a.t, row, s.n * s.q()), at(a.dh, row, s.n * s.d),
        at(a.dz, row, s.m * s.d), at(a.dc, row, s.n * (s.n + s.m)), work);
  }
  return Status::ok();
}

template <class T>
Status launch_read_grad(const HyperConnectionReadGradArgsOf<T>& a, const Launch& launch) {
  const SiteShape& s = a.shape;
  double* memory = doubles_of(launch, workspace_doubles(s) + sum_doubles(s));
  const hyper_connection::Workspace work(memory, s.m, s.n);
  const int64_t coefficients = s.n * s.q(), weights = s.d * s.q();
  double* dc0 = memory + workspace_doubles(s);
  std::fill_n(dc0, sum_doubles(s), 0.0);
  const hyper_connection::ParameterSums sums{dc0, dc0 + coefficients, dc0 + 2 * coefficients,
                                             dc0 + 2 * coefficients + weights};
  for (int64_t row = 0; row < s.rows; ++row) {
    hyper_connection::read_grad_token(site_of(s, a.site), at(a.dx, row, s.m * s.d),
                                      at(a.dc, row, s.n * (s.n + s.m)), at(a.dh_in, row, s.n * s.d),
                                      at(a.h, row, s.n * s.d), at(a.t, row, s.n * s.q()),
                                      at(a.dh, row, s.n * s.d), sums, work);
  }
  const SiteGradients& out = a.gradients;
  store(sums.dc0, coefficients, out.accumulate_dc0, out.dc0);
  if (s.dynamic) {
    store(sums.ds, coefficients, out.accumulate_ds, out.ds);
    store(sums.dw, weights, out.accumulate_dw, out.dw);
    store(sums.dnorm_weight, s.d, out.accumulate_dnorm_weight, out.dnorm_weight);
  }
  return Status::ok();
}

// dh holds the gradient of the state between the sites, which the write then takes in place.
template <class T>
Status launch_boundary_grad(const HyperConnectionBoundaryGradArgsOf<T>& a, const Launch& launch) {
  RADDLE_RETURN_IF_ERROR(launch_read_grad<T>({a.shape, a.next, a.next_gradients, a.dx_next,
                                              a.dc_next, a.dh_next_in, a.h_next, a.t_next, a.dh},
                                             launch));
  return launch_write_grad<T>({a.shape, a.site, a.dh, a.h, a.z, a.t, a.dh, a.dz, a.dc}, launch);
}

}  // namespace

const Kernel<HyperConnectionReadArgs> kHyperConnectionReadRef = {
    "hyper_connection_read:ref", accept_any, token_scratch, launch_read, RunsOn::kHostCode};
const Kernel<HyperConnectionReadArgsOf<Bf16>> kHyperConnectionReadRefBf16 = {
    "hyper_connection_read:ref", accept_any, token_scratch, launch_read, RunsOn::kHostCode};
const Kernel<HyperConnectionWriteArgs> kHyperConnectionWriteRef = {
    "hyper_connection_write:ref", accept_any, token_scratch, launch_write, RunsOn::kHostCode};
const Kernel<HyperConnectionWriteArgsOf<Bf16>> kHyperConnectionWriteRefBf16 = {
    "hyper_connection_write:ref", accept_any, token_scratch, launch_write, RunsOn::kHostCode};
const Kernel<HyperConnectionBoundaryArgs> kHyperConnectionBoundaryRef = {
    "hyper_connection_boundary:ref", accept_any, token_scratch, launch_boundary, RunsOn::kHostCode};
const Kernel<HyperConnectionBoundaryArgsOf<Bf16>> kHyperConnectionBoundaryRefBf16 = {
    "hyper_connection_boundary:ref", accept_any, token_scratch, launch_boundary, RunsOn::kHostCode};
const Kernel<HyperConnectionReadGradArgs> kHyperConnectionReadGradRef = {
    "hyper_connection_read_grad:ref", accept_any, gradient_scratch, launch_read_grad,
    RunsOn::kHostCode};
const Kernel<HyperConnectionReadGradArgsOf<Bf16>> kHyperConnectionReadGradRefBf16 = {
    "hyper_connection_read_grad:ref", accept_any, gradient_scratch, launch_read_grad,
    RunsOn::kHostCode};
const Kernel<HyperConnectionWriteGradArgs> kHyperConnectionWriteGradRef = {
    "hyper_connection_write_grad:ref", accept_any, token_scratch, launch_write_grad,
    RunsOn::kHostCode};
const Kernel<HyperConnectionWriteGradArgsOf<Bf16>> kHyperConnectionWriteGradRefBf16 = {
    "hyper_connection_write_grad:ref", accept_any, token_scratch, launch_write_grad,
    RunsOn::kHostCode};
const Kernel<HyperConnectionBoundaryGradArgs> kHyperConnectionBoundaryGradRef = {
    "hyper_connection_boundary_grad:ref", accept_any, gradient_scratch, launch_boundary_grad,
    RunsOn::kHostCode};
const Kernel<HyperConnectionBoundaryGradArgsOf<Bf16>> kHyperConnectionBoundaryGradRefBf16 = {
    "hyper_connection_boundary_grad:ref", accept_any, gradient_scratch, launch_boundary_grad,
    RunsOn::kHostCode};

}  // namespace raddle::kernels
