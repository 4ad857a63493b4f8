// SPDX-License-Identifier: Apache-2.0
// What must hold of virtual width whatever the implementation: the properties that an implementer
// of the paper can check (initialisation, symmetry, bounds, adjoints), on every column of kernels.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/hyper_connection_problem.h"
#include "tests/support/kernel_column.h"

namespace raddle::test {
namespace {

class HyperConnectionProperties : public ::testing::TestWithParam<Column> {
 protected:
  template <class Args>
  void run(kernels::KernelList<Args> list, const Args& args) {
    ASSERT_TRUE(runner_.run(kernel_of(list, GetParam()), args).is_ok());
  }
  HyperConnectionForward read(const HyperConnectionProblem& p) {
    HyperConnectionForward out(p.site);
    run(kernels::hyper_connection_read_kernels(), read_args(p, out));
    return out;
  }
  Values<float> write(const HyperConnectionProblem& p) {
    HyperConnectionForward out(p.site);
    run(kernels::hyper_connection_write_kernels(), write_args(p, out));
    return out.h_next;
  }
  HyperConnectionBackward write_grad(const HyperConnectionProblem& p) {
    HyperConnectionBackward out(p.site);
    run(kernels::hyper_connection_write_grad_kernels(), write_grad_args(p, out));
    return out;
  }
  HyperConnectionBackward read_grad(const HyperConnectionProblem& p) {
    HyperConnectionBackward out(p.site);
    run(kernels::hyper_connection_read_grad_kernels(), read_grad_args(p, out));
    return out;
  }
  ColumnRunner runner_;
};

float& at(Values<float>& v, int64_t i) { return v[static_cast<size_t>(i)]; }
float at(const Values<float>& v, int64_t i) { return v[static_cast<size_t>(i)]; }

// <slot i of a, slot j of b>, in double.
double inner(const SiteShape& s, const Values<float>& a, int64_t i, const Values<float>& b,
             int64_t j) {
  double sum = 0;
  for (int64_t e = 0; e < s.d; ++e) sum += double{at(a, i * s.d + e)} * double{at(b, j * s.d + e)};
  return sum;
}
double inner(const Values<float>& a, const Values<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

// The paper's initialisation: W = 0, S = 1.
void initialise(HyperConnectionSite<float>& site) {
  site.c0 = initial_c0(site.shape.m, site.shape.n);
  std::fill(site.s.begin(), site.s.end(), 1.0f);
  std::fill(site.w.begin(), site.w.end(), 0.0f);
}

float sublayer(float x, size_t i) { return std::sin(x * 1.7f) + 0.01f * static_cast<float>(i % 7); }

// The state after some sites and the plain residual stream beside it.
struct StreamResult {
  Values<float> start, state, residual;  // residual is (rows, m d)
};

class HyperConnectionStream : public HyperConnectionProperties {
 public:
  // Three initialised sites, but with C0 as given.
  StreamResult stream(const SiteShape& shape, const Values<float>& c0) {
    HyperConnectionProblem p(shape);
    initialise(p.site);
    p.site.c0 = c0;
    StreamResult r{p.h, {}, Values<float>(p.dx.size())};
    const int64_t wide = shape.n * shape.d, narrow = shape.m * shape.d;
    for (int64_t row = 0; row < shape.rows; ++row) {
      std::copy_n(p.h.begin() + row * wide, narrow, r.residual.begin() + row * narrow);
    }
    for (int site = 0; site < 3; ++site) {
      const HyperConnectionForward out = read(p);
      for (size_t i = 0; i < out.x.size(); ++i) p.z[i] = sublayer(out.x[i], i);
      p.t = out.t;
      p.h = write(p);
      for (size_t i = 0; i < r.residual.size(); ++i) r.residual[i] += sublayer(r.residual[i], i);
    }
    r.state = p.h;
    return r;
  }
  // Largest difference of slot j to e_j + (h^L - h^0)[j mod m] over all tokens (property P1b).
  static double slot_error(const SiteShape& s, const StreamResult& r) {
    double worst = 0;
    for (int64_t row = 0; row < s.rows; ++row) {
      for (int64_t i = 0; i < s.n * s.d; ++i) {
        const int64_t j = i / s.d, e = i % s.d;
        const int64_t wide = row * s.n * s.d, narrow = row * s.m * s.d + j % s.m * s.d + e;
        const float moved = at(r.residual, narrow) - at(r.start, wide + j % s.m * s.d + e);
        worst = std::max(worst,
                         double(std::abs(at(r.state, wide + i) - at(r.start, wide + i) - moved)));
      }
    }
    return worst;
  }
};

const std::pair<int64_t, int64_t> kPropertySizes[] = {{2, 3}, {4, 8}, {4, 16}, {1, 8},
                                                      {3, 5}, {1, 1}, {8, 64}};

TEST_P(HyperConnectionStream, P1_InitialModelIsThePlainResidualStreamBitForBit) {
  for (const auto& [m, n] : kPropertySizes) {
    const SiteShape s{5, m, n, 24, 1e-5f, true};
    const StreamResult r = stream(s, initial_c0(m, n));
    for (int64_t row = 0; row < s.rows; ++row) {
      for (int64_t i = 0; i < m * s.d; ++i) {
        ASSERT_EQ(at(r.state, row * n * s.d + i), at(r.residual, row * m * s.d + i))
            << m << "," << n << " token " << row << " element " << i;
      }
    }
  }
}

TEST_P(HyperConnectionStream, P1b_InitialSlotsMoveWithTheirResidueClass) {
  for (const auto& [m, n] : kPropertySizes) {
    const SiteShape s{5, m, n, 24, 1e-5f, true};
    EXPECT_LT(slot_error(s, stream(s, initial_c0(m, n))), 1e-5);
  }
}

TEST_P(HyperConnectionStream, WrongInitialWriteIsSeenByP1b) {
  const SiteShape s{5, 2, 5, 24, 1e-5f, true};
  Values<float> c0 = initial_c0(s.m, s.n);
  for (int64_t j = 0; j < s.n; ++j) {  // write slot j from j / 3 in place of j mod 2
    for (int64_t i = 0; i < s.m; ++i) at(c0, j * s.q() + s.m + s.n + i) = i == j / 3 ? 1.0f : 0.0f;
  }
  EXPECT_GT(slot_error(s, stream(s, c0)), 1e-2);
}

TEST_P(HyperConnectionProperties, P3_NormAfterTheMatmulEqualsNormFirst) {
  HyperConnectionProblem p({9, 4, 8, 40, 1e-5f, true});
  for (size_t i = 0; i < p.h.size(); ++i) {  // slots of very different size
    p.h[i] *= std::pow(10.0f, float(static_cast<int64_t>(i) / p.shape.d % 7) - 3.0f);
  }
  const auto norm_first = definition::read(to_double(p.site), convert<double>(p.h));
  EXPECT_LT(relative_error(read(p).t, norm_first.t), 1e-5);
}

TEST_P(HyperConnectionProperties, P4_CoefficientsDoNotSeeTheSizeOfASlot) {
  HyperConnectionProblem p({9, 3, 5, 21, 0.0f, true});
  const HyperConnectionForward before = read(p);
  for (size_t i = 0; i < p.h.size(); ++i) {  // powers of two scale exactly
    p.h[i] *= std::ldexp(1.0f, static_cast<int>(static_cast<int64_t>(i) / p.shape.d % 5) - 2);
  }
  EXPECT_EQ(read(p).t, before.t);
}

TEST_P(HyperConnectionProperties, P5_NormGradientIsOrthogonalToTheSlotUpToEps) {
  for (const float eps : {0.0f, 0.5f}) {
    HyperConnectionProblem p({9, 3, 5, 40, eps, true});
    p.t = read(p).t;
    std::fill(p.dx.begin(), p.dx.end(), 0.0f);  // leaves the dynamic part alone
    std::fill(p.dh_next.begin(), p.dh_next.end(), 0.0f);
    const HyperConnectionBackward grad = read_grad(p);
    const SiteShape& s = p.shape;
    for (int64_t k = 0; k < s.rows * s.n; ++k) {
      double s_k = 0;
      for (int64_t c = s.m; c < s.q(); ++c) {
        const double t = at(p.t, k * s.q() + c), u = std::atanh(t);
        s_k += at(p.dc, k * (s.n + s.m) + c - s.m) * at(p.site.s, k % s.n * s.q() + c) *
               (1 - t * t) * u;
      }
      const double rho2 = 1 / (inner(s, p.h, k, p.h, k) / double(s.d) + double(eps));
      const double size = std::sqrt(inner(s, p.h, k, p.h, k) * inner(s, grad.dh, k, grad.dh, k));
      EXPECT_NEAR(inner(s, p.h, k, grad.dh, k), s_k * rho2 * double(eps), 1e-4 * size + 1e-6);
    }
  }
}

TEST_P(HyperConnectionProperties, P6_CoefficientRowDependsOnItsSlotOnly) {
  HyperConnectionProblem p({3, 3, 5, 21, 1e-5f, true});
  const HyperConnectionForward before = read(p);
  const int64_t slot = 7, q = p.shape.q();  // slot 2 of token 1
  for (int64_t e = 0; e < p.shape.d; ++e) at(p.h, slot * p.shape.d + e) += 1.0f;
  const HyperConnectionForward after = read(p);
  for (int64_t i = 0; i < p.site.coefficient_size(); ++i) {
    if (i / q == slot) {
      EXPECT_NE(at(after.t, i), at(before.t, i)) << i;
    } else {
      EXPECT_EQ(at(after.t, i), at(before.t, i)) << i;
    }
  }
}

TEST_P(HyperConnectionProperties, P7_CoefficientsStayWithinTheScale) {
  HyperConnectionProblem p({9, 4, 8, 40, 1e-5f, true});
  for (float& w : p.site.w) w *= 1000.0f;
  int saturated = 0;
  for (const float t : read(p).t) {
    EXPECT_LE(std::abs(t), 1.0f);
    saturated += std::abs(t) == 1.0f ? 1 : 0;
  }
  EXPECT_GT(saturated, 0);
}

TEST_P(HyperConnectionProperties, SmallCoefficientsKeepTheirRelativePrecision) {
  HyperConnectionProblem p({9, 4, 8, 40, 1e-5f, true});
  for (float& w : p.site.w) w *= 1e-4f;
  const auto expected = definition::read(to_double(p.site), convert<double>(p.h));
  EXPECT_LT(relative_error(read(p).t, expected.t), 1e-5);
}

TEST_P(HyperConnectionProperties, P8_WriteIsLinearInZ) {
  HyperConnectionProblem p({5, 4, 8, 24, 1e-5f, true});
  const Values<float> z1 = p.z, z2 = random_floats(p.site.backbone_size(), 77);
  const Values<float> first = write(p);
  p.z = z2;
  const Values<float> second = write(p);
  std::fill(p.z.begin(), p.z.end(), 0.0f);
  const Values<float> none = write(p);
  for (size_t i = 0; i < z1.size(); ++i) p.z[i] = 2.0f * z1[i] - 3.0f * z2[i];
  Values<double> expected(first.size());
  for (size_t i = 0; i < first.size(); ++i) {
    expected[i] = 2.0 * (first[i] - none[i]) - 3.0 * (second[i] - none[i]) + none[i];
  }
  EXPECT_LT(relative_error(write(p), expected), 1e-5);
}

// The problem with slot k moved to place order[k]: rows of the state and of C0, S and t, and the
// carry columns of C0, S, W and t.
HyperConnectionProblem permute_slots(const HyperConnectionProblem& p,
                                     const std::vector<int64_t>& order) {
  HyperConnectionProblem out = p;
  const int64_t m = p.shape.m, n = p.shape.n, d = p.shape.d, q = p.shape.q();
  const auto column = [&](int64_t c) { return c >= m && c < m + n ? m + order[size_t(c - m)] : c; };
  const auto matrices = [&](const Values<float>& from, Values<float>& to) {
    for (int64_t i = 0; i < int64_t(from.size()); ++i) {
      const int64_t token = i / (n * q), k = i / q % n;
      at(to, (token * n + order[size_t(k)]) * q + column(i % q)) = at(from, i);
    }
  };
  matrices(p.site.c0, out.site.c0);
  matrices(p.site.s, out.site.s);
  matrices(p.t, out.t);
  for (int64_t i = 0; i < d * q; ++i) {
    at(out.site.w, i / q * q + column(i % q)) = at(p.site.w, i);
  }
  for (int64_t i = 0; i < p.site.state_size(); ++i) {
    const int64_t token = i / (n * d), k = i / d % n;
    at(out.h, (token * n + order[size_t(k)]) * d + i % d) = at(p.h, i);
  }
  return out;
}

TEST_P(HyperConnectionProperties, P9_SlotsMayBeRenumbered) {
  const HyperConnectionProblem p({5, 3, 5, 24, 1e-5f, true});
  const std::vector<int64_t> order = {3, 0, 4, 1, 2};
  const HyperConnectionProblem moved = permute_slots(p, order);
  HyperConnectionProblem carrier = p;
  carrier.h = write(p);  // permute the state that the plain order wrote
  EXPECT_LT(relative_error(write(moved), permute_slots(carrier, order).h), 1e-5);
  EXPECT_LT(relative_error(read(moved).x, read(p).x), 1e-5);
}

TEST_P(HyperConnectionProperties, P10_AtInitialisationOnlyC0AndWMove) {
  HyperConnectionProblem p({9, 4, 8, 24, 1e-5f, true});
  initialise(p.site);
  p.t = read(p).t;
  const HyperConnectionBackward grad = read_grad(p);
  for (const float v : p.t) ASSERT_EQ(v, 0.0f);
  for (const float v : grad.parameters.ds) ASSERT_EQ(v, 0.0f);
  for (const float v : grad.parameters.dnorm_weight) ASSERT_EQ(v, 0.0f);
  for (const float v : grad.parameters.dc0) ASSERT_NE(v, 0.0f);
  for (const float v : grad.parameters.dw) ASSERT_NE(v, 0.0f);
  HyperConnectionProblem fixed = p;  // no dynamic part of dH: a static site has the same
  fixed.shape.dynamic = fixed.site.shape.dynamic = false;
  EXPECT_EQ(read_grad(fixed).dh, grad.dh);
}

TEST_P(HyperConnectionProperties, P11_OneSegmentIsHyperConnectionsMixing) {
  const HyperConnectionProblem p({5, 1, 4, 24, 1e-5f, false});
  const SiteShape& s = p.shape;
  const Values<float> h_next = write(p), x = read(p).x;
  for (int64_t row = 0; row < s.rows; ++row) {
    for (int64_t e = 0; e < s.d; ++e) {
      double sum = 0;
      for (int64_t k = 0; k < s.n; ++k) {
        sum += double{at(p.site.c0, k * s.q())} * double{at(p.h, (row * s.n + k) * s.d + e)};
      }
      EXPECT_NEAR(at(x, row * s.d + e), sum, 1e-5);
      for (int64_t j = 0; j < s.n; ++j) {
        double out = double{at(p.site.c0, j * s.q() + 1 + s.n)} * double{at(p.z, row * s.d + e)};
        for (int64_t k = 0; k < s.n; ++k) {
          out +=
              double{at(p.site.c0, k * s.q() + 1 + j)} * double{at(p.h, (row * s.n + k) * s.d + e)};
        }
        EXPECT_NEAR(at(h_next, (row * s.n + j) * s.d + e), out, 1e-5);
      }
    }
  }
}

TEST_P(HyperConnectionProperties, P12_DiagonalWriteIsFracConnectionsMixing) {
  HyperConnectionProblem p({5, 4, 4, 24, 1e-5f, false});
  const SiteShape& s = p.shape;
  for (int64_t k = 0; k < s.n; ++k) {
    for (int64_t i = 0; i < s.m; ++i) {
      if (i != k) at(p.site.c0, k * s.q() + s.m + s.n + i) = 0.0f;
    }
  }
  const Values<float> before = write(p);
  for (int64_t e = 0; e < s.d; ++e) at(p.z, 2 * s.d + e) += 1.0f;  // fraction 2 of token 0
  const Values<float> after = write(p);
  for (int64_t i = 0; i < p.site.state_size(); ++i) {
    const double beta = at(p.site.c0, 2 * s.q() + s.m + s.n + 2);
    const double moved = i / s.d == 2 ? beta : 0.0;
    EXPECT_NEAR(at(after, i) - at(before, i), moved, 1e-5) << i;
  }
}

TEST_P(HyperConnectionProperties, P13_StateIsTheUnrolledSumOverDepth) {
  const SiteShape s{3, 2, 3, 10, 1e-5f, false};
  HyperConnectionProblem p(s);
  const int64_t n = s.n, m = s.m, d = s.d, q = s.q();
  Values<double> expected = convert<double>(p.h);
  Values<double> gain(static_cast<size_t>(n * n), 0.0);  // product of the later carries
  for (int64_t k = 0; k < n; ++k) gain[static_cast<size_t>(k * n + k)] = 1;
  constexpr int kDepth = 4;
  std::vector<Values<float>> c0, z;
  for (uint64_t site = 0; site < kDepth; ++site) {
    c0.push_back(random_site(s, 300 + 10 * site).c0);
    z.push_back(random_floats(p.site.backbone_size(), 400 + site));
  }
  // sum_l (B_l Carry_{l+1} ... Carry_L)^T Z_l + (Carry_1 ... Carry_L)^T H_0, from the last site
  // back.
  Values<double> sum(expected.size(), 0.0);
  const auto add = [&](int64_t to, double factor, double value) {
    sum[static_cast<size_t>(to)] += factor * value;
  };
  for (int site = kDepth - 1; site >= 0; --site) {
    const Values<float>& c = c0[static_cast<size_t>(site)];
    Values<double> through(static_cast<size_t>(n * n), 0.0);
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t last = 0; last < n; ++last) {
        const double g = gain[static_cast<size_t>(j * n + last)];
        for (int64_t k = 0; k < n; ++k) {
          through[static_cast<size_t>(k * n + last)] += double{at(c, k * q + m + j)} * g;
        }
        for (int64_t i = 0; i < s.rows * m * d; ++i) {
          const int64_t row = i / (m * d), segment = i / d % m;
          add((row * n + last) * d + i % d, double{at(c, j * q + m + n + segment)} * g,
              double{at(z[static_cast<size_t>(site)], i)});
        }
      }
    }
    gain = through;
  }
  for (int64_t i = 0; i < s.rows * n * d; ++i) {
    for (int64_t last = 0; last < n; ++last) {
      add((i / (n * d) * n + last) * d + i % d, gain[static_cast<size_t>(i / d % n * n + last)],
          expected[static_cast<size_t>(i)]);
    }
  }
  for (int site = 0; site < kDepth; ++site) {
    p.site.c0 = c0[static_cast<size_t>(site)];
    p.z = z[static_cast<size_t>(site)];
    p.h = write(p);
  }
  EXPECT_LT(relative_error(p.h, sum), 1e-5);
}

TEST_P(HyperConnectionProperties, P14_TokensDoNotSeeEachOther) {
  HyperConnectionProblem p({37, 4, 8, 24, 1e-5f, true});
  const HyperConnectionForward read_before = read(p);
  const Values<float> write_before = write(p);
  const HyperConnectionBackward write_grad_before = write_grad(p), read_grad_before = read_grad(p);
  const int64_t token = 20;
  const auto poison = [&](Values<float>& v) {
    const int64_t width = int64_t(v.size()) / p.shape.rows;
    std::fill_n(v.begin() + token * width, width, std::nanf(""));
  };
  for (Values<float>* v : {&p.h, &p.z, &p.t, &p.dh_next, &p.dx, &p.dc}) poison(*v);
  const auto expect_only_token = [&](const Values<float>& now, const Values<float>& before) {
    const int64_t width = int64_t(now.size()) / p.shape.rows;
    for (int64_t i = 0; i < int64_t(now.size()); ++i) {
      if (i / width == token) {
        ASSERT_TRUE(std::isnan(at(now, i))) << i;
      } else {
        ASSERT_EQ(at(now, i), at(before, i)) << i;
      }
    }
  };
  expect_only_token(read(p).x, read_before.x);
  expect_only_token(read(p).t, read_before.t);
  expect_only_token(write(p), write_before);
  expect_only_token(write_grad(p).dh, write_grad_before.dh);
  expect_only_token(write_grad(p).dz, write_grad_before.dz);
  expect_only_token(write_grad(p).dc, write_grad_before.dc);
  expect_only_token(read_grad(p).dh, read_grad_before.dh);
}

TEST_P(HyperConnectionProperties, P15_GradientsAreAdjoints) {
  HyperConnectionProblem p({9, 3, 5, 24, 1e-5f, true});
  const HyperConnectionBackward grad = write_grad(p);  // write is linear in (H, Z) once t is given
  EXPECT_NEAR(inner(write(p), p.dh_next), inner(p.h, grad.dh) + inner(p.z, grad.dz),
              1e-5 * std::sqrt(inner(p.h, p.h) * inner(p.dh_next, p.dh_next)));
  p.shape.dynamic = p.site.shape.dynamic = false;  // and so is a static read in H
  std::fill(p.dh_next.begin(), p.dh_next.end(), 0.0f);
  EXPECT_NEAR(inner(read(p).x, p.dx), inner(p.h, read_grad(p).dh),
              1e-5 * std::sqrt(inner(p.h, p.h) * inner(p.dx, p.dx)));
}

std::string kernel_name(const ::testing::TestParamInfo<Column>& info) {
  return name_of(info.param);
}
INSTANTIATE_TEST_SUITE_P(Kernels, HyperConnectionStream, ::testing::ValuesIn(columns()),
                         kernel_name);
INSTANTIATE_TEST_SUITE_P(Kernels, HyperConnectionProperties, ::testing::ValuesIn(columns()),
                         kernel_name);

}  // namespace
}  // namespace raddle::test
