// SPDX-License-Identifier: Apache-2.0
// The definition of virtual width against central differences in double, over the whole chain
// read -> nonlinear z(x) -> write -> read -> z -> write -> loss, for every tensor of both sites.
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/hyper_connection_site.h"

namespace raddle::test {
namespace {

// A sublayer that mixes channels and is not linear.
Values<double> sublayer(const Values<double>& x) {
  Values<double> z(x.size());
  for (size_t i = 0; i < x.size(); ++i) z[i] = std::tanh(x[i]) + 0.5 * x[i] * x[(i + 1) % x.size()];
  return z;
}
Values<double> sublayer_grad(const Values<double>& x, const Values<double>& dz) {
  Values<double> dx(x.size(), 0.0);
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t next = (i + 1) % x.size();
    dx[i] += dz[i] * (1 - std::tanh(x[i]) * std::tanh(x[i]) + 0.5 * x[next]);
    dx[next] += dz[i] * 0.5 * x[i];
  }
  return dx;
}

struct Chain {
  HyperConnectionSite<double> first, second;
  Values<double> h, target;

  struct Record {
    definition::ReadResult read1, read2;
    Values<double> z1, z2, h2, h3;
    double loss = 0;
  };
  Record forward() const {
    Record r;
    r.read1 = definition::read(first, h);
    r.z1 = sublayer(r.read1.x);
    r.h2 = definition::write(first, h, r.z1, r.read1.t);
    r.read2 = definition::read(second, r.h2);
    r.z2 = sublayer(r.read2.x);
    r.h3 = definition::write(second, r.h2, r.z2, r.read2.t);
    for (size_t i = 0; i < r.h3.size(); ++i) {
      r.loss += 0.5 * (r.h3[i] - target[i]) * (r.h3[i] - target[i]);
    }
    return r;
  }
  // Gradients of both sites' parameters; dh of `first` is the gradient of h.
  std::pair<definition::ReadGradResult, definition::ReadGradResult> backward() const {
    const Record r = forward();
    Values<double> dh3(r.h3.size());
    for (size_t i = 0; i < dh3.size(); ++i) dh3[i] = r.h3[i] - target[i];
    const auto write2 = definition::write_grad(second, dh3, r.h2, r.z2, r.read2.t);
    const auto grad2 = definition::read_grad(second, sublayer_grad(r.read2.x, write2.dz), write2.dc,
                                             write2.dh, r.h2, r.read2.t);
    const auto write1 = definition::write_grad(first, grad2.dh, h, r.z1, r.read1.t);
    const auto grad1 = definition::read_grad(first, sublayer_grad(r.read1.x, write1.dz), write1.dc,
                                             write1.dh, h, r.read1.t);
    return {grad1, grad2};
  }
};

// Largest difference to the central difference, in units of the gradient's largest element.
double difference_error(Chain& chain, Values<double>& variable, const Values<double>& gradient) {
  double worst = 0, scale = 1e-30;
  for (const double g : gradient) scale = std::max(scale, std::abs(g));
  const double step = 1e-5;
  for (size_t i = 0; i < variable.size(); ++i) {
    const double keep = variable[i];
    variable[i] = keep + step;
    const double up = chain.forward().loss;
    variable[i] = keep - step;
    const double down = chain.forward().loss;
    variable[i] = keep;
    worst = std::max(worst, std::abs((up - down) / (2 * step) - gradient[i]) / scale);
  }
  return worst;
}

struct Sizes {
  int64_t m, n, d, rows;
  bool dynamic;
};
class HyperConnectionFiniteDifferences : public ::testing::TestWithParam<Sizes> {};

TEST_P(HyperConnectionFiniteDifferences, EveryTensor) {
  const Sizes p = GetParam();
  const SiteShape shape{p.rows, p.m, p.n, p.d, 1e-2f, p.dynamic};
  Chain chain{to_double(random_site(shape, 10)), to_double(random_site(shape, 20)), {}, {}};
  chain.h = convert<double>(random_floats(p.rows * p.n * p.d, 30));
  chain.target = convert<double>(random_floats(p.rows * p.n * p.d, 31));
  const auto [grad1, grad2] = chain.backward();
  constexpr double kTolerance = 2e-7;  // step^2 truncation and 1e-16 / step cancellation
  EXPECT_LT(difference_error(chain, chain.h, grad1.dh), kTolerance);
  EXPECT_LT(difference_error(chain, chain.first.c0, grad1.parameters.dc0), kTolerance);
  EXPECT_LT(difference_error(chain, chain.second.c0, grad2.parameters.dc0), kTolerance);
  if (!p.dynamic) return;
  EXPECT_LT(difference_error(chain, chain.first.s, grad1.parameters.ds), kTolerance);
  EXPECT_LT(difference_error(chain, chain.first.w, grad1.parameters.dw), kTolerance);
  EXPECT_LT(difference_error(chain, chain.first.norm_weight, grad1.parameters.dnorm_weight),
            kTolerance);
  EXPECT_LT(difference_error(chain, chain.second.s, grad2.parameters.ds), kTolerance);
  EXPECT_LT(difference_error(chain, chain.second.w, grad2.parameters.dw), kTolerance);
  EXPECT_LT(difference_error(chain, chain.second.norm_weight, grad2.parameters.dnorm_weight),
            kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Sizes, HyperConnectionFiniteDifferences,
                         ::testing::Values(Sizes{2, 3, 5, 2, true}, Sizes{1, 4, 6, 2, true},
                                           Sizes{4, 8, 3, 2, true}, Sizes{1, 1, 4, 3, true},
                                           Sizes{3, 5, 4, 1, false}, Sizes{8, 16, 2, 1, true}));

}  // namespace
}  // namespace raddle::test
