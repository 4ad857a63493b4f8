// SPDX-License-Identifier: Apache-2.0
// Sites of virtual width: a read makes the backbone's input from the wide state, a write puts its
// output back.
#include "runtime/graph/gradient_rules.h"
#include "runtime/graph/ops/families.h"
#include "runtime/graph/ops/operands.h"

namespace raddle::graph {
namespace {

// Virtual width: n slots of d columns in the state, m of them in what the backbone sees. t links a
// read to its write; a static site has no dynamic part: t is empty, the link stays.
constexpr Text kState = "rows, n*d";
constexpr Text kSeen = "rows, m*d";
constexpr Text kT = "rows, dynamic*n*(2*m + n)";
constexpr Text kDc = "rows, n*(n + m)";
constexpr Text kSite = "n, 2*m + n";
constexpr Text kGenerator = "d, 2*m + n";
constexpr std::array kSiteAttrs = {count("m"), count("n"), positive("eps"), flag_or("dynamic", 1)};
constexpr std::array kSiteConstraints = {Constraint{"n", kAtLeast, "m"}};
constexpr std::array kHyperConnectionReadIn = {
    need("h", kState), exact("c0", kSite), exact_when("dynamic", "s", kSite),
    exact_when("dynamic", "w", kGenerator), exact_when("dynamic", "norm_weight", "d")};
constexpr std::array kHyperConnectionReadOut = {need("x", kSeen), exact("t", kT)};
constexpr std::array kHyperConnectionWriteIn = {need("h", kState), need("z", kSeen), exact("t", kT),
                                                exact("c0", kSite),
                                                exact_when("dynamic", "s", kSite)};
constexpr std::array kHyperConnectionWriteOut = {need("h_next", kState)};
constexpr std::array kHyperConnectionBoundaryIn = {need("h", kState),
                                                   need("z", kSeen),
                                                   exact("t", kT),
                                                   exact("c0", kSite),
                                                   exact_when("dynamic", "s", kSite),
                                                   exact("next_c0", kSite),
                                                   exact_when("dynamic", "next_s", kSite),
                                                   exact_when("dynamic", "next_w", kGenerator),
                                                   exact_when("dynamic", "next_norm_weight", "d")};
constexpr std::array kHyperConnectionBoundaryOut = {need("h_next", kState), need("x_next", kSeen),
                                                    exact("t_next", kT)};
constexpr std::array kHyperConnectionWriteGradIn = {
    need("dh_next", kState), need("h", kState),  need("z", kSeen),
    exact("t", kT),          exact("c0", kSite), exact_when("dynamic", "s", kSite)};
constexpr std::array kHyperConnectionWriteGradOut = {need("dh", kState), need("dz", kSeen),
                                                     exact("dc", kDc)};
constexpr std::array kHyperConnectionReadGradIn = {need("dx", kSeen),
                                                   exact("dc", kDc),
                                                   need("dh_in", kState),
                                                   need("h", kState),
                                                   exact("t", kT),
                                                   exact("c0", kSite),
                                                   exact_when("dynamic", "s", kSite),
                                                   exact_when("dynamic", "w", kGenerator),
                                                   exact_when("dynamic", "norm_weight", "d")};
constexpr std::array kHyperConnectionReadGradOut = {
    need("dh", kState), maybe_grad("dc0", kSite), grad_when("dynamic", "ds", kSite, true),
    grad_when("dynamic", "dw", kGenerator, true), grad_when("dynamic", "dnorm_weight", "d", true)};
constexpr std::array kHyperConnectionBoundaryGradIn = {
    need("dx_next", kSeen),
    exact("dc_next", kDc),
    need("dh_next_in", kState),
    need("h_next", kState),
    exact("t_next", kT),
    exact("next_c0", kSite),
    exact_when("dynamic", "next_s", kSite),
    exact_when("dynamic", "next_w", kGenerator),
    exact_when("dynamic", "next_norm_weight", "d"),
    need("h", kState),
    need("z", kSeen),
    exact("t", kT),
    exact("c0", kSite),
    exact_when("dynamic", "s", kSite)};
constexpr std::array kHyperConnectionBoundaryGradOut = {
    need("dh", kState),
    need("dz", kSeen),
    exact("dc", kDc),
    maybe_grad("dnext_c0", kSite),
    grad_when("dynamic", "dnext_s", kSite, true),
    grad_when("dynamic", "dnext_w", kGenerator, true),
    grad_when("dynamic", "dnext_norm_weight", "d", true)};

// The gradient that is kept for `t` is that of the site's coefficients (carry and write columns): a
// write makes it, the read that made t finishes the chain (kernels/ops/hyper_connection.h).

// The site that made `t` must be the one whose coefficients the write uses.
Status check_same_site(GradientRule& r, TensorId t, size_t c0) {
  const Graph& graph = r.context().forward();
  const int32_t producer = graph.tensor(t).producer;
  const Node* read = producer >= 0 ? &graph.nodes()[static_cast<size_t>(producer)] : nullptr;
  const size_t read_c0 = read != nullptr && read->op == OpKind::kHyperConnectionBoundary ? 5 : 1;
  const bool is_read =
      read != nullptr && (read->op == OpKind::kHyperConnectionRead || read_c0 == 5);
  if (is_read && read->inputs[read_c0] == r.in(c0) && read->inputs[read_c0 + 1] == r.in(c0 + 1)) {
    return Status::ok();
  }
  return r.refuse("its c0 and s are not those of the read that made its t");
}

Status pass_coefficients(GradientRule& r, TensorId t, TensorId dc) {
  if (r.context().gradient(t).present()) return r.refuse("its t is written back twice");
  r.context().replace(t, dc);
  return Status::ok();
}

StatusOr<std::array<int32_t, 4>> site_parameters(GradientRule& r, size_t c0) {
  std::array<int32_t, 4> out;
  for (size_t i = 0; i < 4; ++i) {
    RADDLE_ASSIGN_OR_RETURN(out[i], r.parameter(c0 + i));
  }
  return out;
}

Status hyper_connection_write(GradientRule& r) {
  RADDLE_RETURN_IF_ERROR(check_same_site(r, r.in(2), 3));
  const auto out = r.emit(OpKind::kHyperConnectionWriteGrad,
                          {r.dy(), r.saved_in(0), r.saved_in(1), r.saved_in(2), r.in(3), r.in(4)},
                          r.attributes());
  r.pass(0, out[0]);
  r.pass(1, out[1]);
  return pass_coefficients(r, r.in(2), out[2]);
}

Status hyper_connection_read(GradientRule& r) {
  const TensorId dx = r.dy(0), dc = r.dy(1), dh_in = r.context().gradient(r.in(0));
  if (!dx.present() || !dc.present() || !dh_in.present()) {
    return r.refuse("what it reads must be used and written back to the same state");
  }
  RADDLE_ASSIGN_OR_RETURN(const auto parameters, site_parameters(r, 1));
  const auto out =
      r.emit(OpKind::kHyperConnectionReadGrad,
             {dx, dc, dh_in, r.saved_in(0), r.saved_out(1), r.in(1), r.in(2), r.in(3), r.in(4)},
             r.attributes(), parameters);
  r.context().replace(r.in(0), out[0]);
  return Status::ok();
}

Status hyper_connection_boundary(GradientRule& r) {
  RADDLE_RETURN_IF_ERROR(check_same_site(r, r.in(2), 3));
  const TensorId dh_next = r.dy(0), dx_next = r.dy(1), dc_next = r.dy(2);
  if (!dh_next.present() || !dx_next.present() || !dc_next.present()) {
    return r.refuse("what it reads must be used and written back to the same state");
  }
  RADDLE_ASSIGN_OR_RETURN(const auto parameters, site_parameters(r, 5));
  const auto out =
      r.emit(OpKind::kHyperConnectionBoundaryGrad,
             {dx_next, dc_next, dh_next, r.saved_out(0), r.saved_out(2), r.in(5), r.in(6), r.in(7),
              r.in(8), r.saved_in(0), r.saved_in(1), r.saved_in(2), r.in(3), r.in(4)},
             r.attributes(), parameters);
  r.pass(0, out[0]);
  r.pass(1, out[1]);
  return pass_coefficients(r, r.in(2), out[2]);
}

constexpr std::array kHyperConnectionOps = std::to_array<OpInfo>({
    {.kind = OpKind::kHyperConnectionRead,
     .name = "hyper_connection_read",
     .help = "reads the backbone's input from the virtual-width state",
     .inputs = kHyperConnectionReadIn,
     .outputs = kHyperConnectionReadOut,
     .attributes = kSiteAttrs,
     .constraints = kSiteConstraints,
     .gradient = &hyper_connection_read},
    {.kind = OpKind::kHyperConnectionWrite,
     .name = "hyper_connection_write",
     .help = "writes a sublayer's output back to the virtual-width state",
     .inputs = kHyperConnectionWriteIn,
     .outputs = kHyperConnectionWriteOut,
     .attributes = kSiteAttrs,
     .in_place = kFirstOverFirst,
     .constraints = kSiteConstraints,
     .gradient = &hyper_connection_write},
    {.kind = OpKind::kHyperConnectionBoundary,
     .name = "hyper_connection_boundary",
     .help = "write of one site and read of the next, fused",
     .inputs = kHyperConnectionBoundaryIn,
     .outputs = kHyperConnectionBoundaryOut,
     .attributes = kSiteAttrs,
     .constraints = kSiteConstraints,
     .gradient = &hyper_connection_boundary},
    {.kind = OpKind::kHyperConnectionReadGrad,
     .name = "hyper_connection_read_grad",
     .help = "gradient of hyper_connection_read",
     .inputs = kHyperConnectionReadGradIn,
     .outputs = kHyperConnectionReadGradOut,
     .attributes = kSiteAttrs,
     .in_place = kFirstOverThird,
     .constraints = kSiteConstraints,
     .gradients_alike = true},
    {.kind = OpKind::kHyperConnectionWriteGrad,
     .name = "hyper_connection_write_grad",
     .help = "gradient of hyper_connection_write",
     .inputs = kHyperConnectionWriteGradIn,
     .outputs = kHyperConnectionWriteGradOut,
     .attributes = kSiteAttrs,
     .in_place = kFirstOverFirst,
     .constraints = kSiteConstraints},
    {.kind = OpKind::kHyperConnectionBoundaryGrad,
     .name = "hyper_connection_boundary_grad",
     .help = "gradient of hyper_connection_boundary",
     .inputs = kHyperConnectionBoundaryGradIn,
     .outputs = kHyperConnectionBoundaryGradOut,
     .attributes = kSiteAttrs,
     .in_place = kFirstOverThird,
     .constraints = kSiteConstraints,
     .gradients_alike = true},
});

}  // namespace

std::span<const OpInfo> hyper_connection_ops() { return kHyperConnectionOps; }

}  // namespace raddle::graph
