// SPDX-License-Identifier: Apache-2.0
#include "tests/support/length_sets.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "runtime/base/random.h"

namespace raddle::test {
namespace {

// The share of sequences that are shorter than `edge`, at each edge.
struct Edge {
  double share, edge;
};

// A bin's share of sequences is its share of tokens over its mean length, which is low high
// log(high / low) / (high - low) where tokens are spread evenly over the logarithm.
std::vector<Edge> from_token_shares(double shortest, std::span<const double> shares) {
  std::vector<Edge> edges = {{0, shortest}};
  double total = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    const double low = edges.back().edge, high = 2048 * std::exp2(static_cast<double>(i));
    total += shares[i] * (high - low) / (low * high * std::log(high / low));
    edges.push_back({total, high});
  }
  for (Edge& edge : edges) edge.share /= total;
  return edges;
}

std::vector<Edge> edges_of(LengthSet set) {
  constexpr double kByted[] = {7.6, 7.6, 10.7, 10.4, 10.2, 9.5, 7.3, 9.7, 7.6, 7.6, 12.1};
  constexpr double kGithub[] = {34.0, 14.2, 11.4, 8.8, 7.6, 7.6, 6.4, 4.5, 2.3, 1.7, 1.3};
  switch (set) {
    case LengthSet::kByted:
      return from_token_shares(200, kByted);
    case LengthSet::kGithub:
      return from_token_shares(128, kGithub);
    case LengthSet::kWikipedia:
      break;
  }
  return {{0, 16},       {.5, 347},      {.9, 2112},       {.95, 3721},
          {.99, 10'921}, {.999, 37'367}, {.9999, 101'500}, {1, 1.82e6}};
}

}  // namespace

std::string_view length_set_name(LengthSet set) {
  switch (set) {
    case LengthSet::kByted:
      return "byted";
    case LengthSet::kGithub:
      return "github";
    case LengthSet::kWikipedia:
      break;
  }
  return "wikipedia";
}

std::vector<int64_t> draw_lengths(LengthSet set, int64_t context, int64_t tokens, uint64_t seed) {
  const std::vector<Edge> edges = edges_of(set);
  RandomStream random(seed, static_cast<uint64_t>(set));
  std::vector<int64_t> lengths;
  for (int64_t left = tokens; left > 0; left -= lengths.back()) {
    const double share = random.unit();
    size_t i = 1;
    while (i + 1 < edges.size() && share >= edges[i].share) ++i;
    const double part = (share - edges[i - 1].share) / (edges[i].share - edges[i - 1].share);
    const double ratio = edges[i].edge / edges[i - 1].edge;
    const double length =
        edges[i - 1].edge *
        (set == LengthSet::kWikipedia ? std::pow(ratio, part) : 1 / (1 - part * (1 - 1 / ratio)));
    lengths.push_back(std::min({static_cast<int64_t>(std::ceil(length)), context, left}));
  }
  return lengths;
}

}  // namespace raddle::test
