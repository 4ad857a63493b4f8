// SPDX-License-Identifier: Apache-2.0
#include "runtime/simulate/length_sets.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "runtime/base/random.h"

namespace raddle::simulate {
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
      return {{0, 16},       {.5, 347},      {.9, 2112},       {.95, 3721},
              {.99, 10'921}, {.999, 37'367}, {.9999, 101'500}, {1, 1.82e6}};
    case LengthSet::kCommonCrawl:
      break;
  }
  return {{0, 32},       {.5, 1100},      {.9, 8000},  {.95, 15'000},
          {.99, 60'000}, {.999, 220'000}, {1, 393'216}};
}

bool has_token_shares(LengthSet set) {
  return set == LengthSet::kByted || set == LengthSet::kGithub;
}

class Stream {
 public:
  Stream(LengthSet set, int64_t context, uint64_t seed)
      : edges_(edges_of(set)),
        by_tokens_(has_token_shares(set)),
        context_(context),
        random_(seed, static_cast<uint64_t>(set)) {}

  int64_t next() {
    const double share = random_.unit();
    size_t i = 1;
    while (i + 1 < edges_.size() && share >= edges_[i].share) ++i;
    const double part = (share - edges_[i - 1].share) / (edges_[i].share - edges_[i - 1].share);
    const double ratio = edges_[i].edge / edges_[i - 1].edge;
    const double length = edges_[i - 1].edge *
                          (by_tokens_ ? 1 / (1 - part * (1 - 1 / ratio)) : std::pow(ratio, part));
    return std::min(static_cast<int64_t>(std::ceil(length)), context_);
  }

 private:
  std::vector<Edge> edges_;
  bool by_tokens_;
  int64_t context_;
  RandomStream random_;
};

}  // namespace

std::string_view length_set_name(LengthSet set) {
  switch (set) {
    case LengthSet::kByted:
      return "byted";
    case LengthSet::kGithub:
      return "github";
    case LengthSet::kWikipedia:
      return "wikipedia";
    case LengthSet::kCommonCrawl:
      break;
  }
  return "commoncrawl";
}

std::vector<int64_t> draw_lengths(LengthSet set, int64_t context, int64_t tokens, uint64_t seed) {
  Stream stream(set, context, seed);
  std::vector<int64_t> lengths;
  for (int64_t left = tokens; left > 0; left -= lengths.back()) {
    lengths.push_back(std::min(stream.next(), left));
  }
  return lengths;
}

std::vector<std::vector<int64_t>> draw_steps(LengthSet set, int64_t context, int64_t tokens,
                                             int64_t steps, uint64_t seed) {
  Stream stream(set, context, seed);
  std::vector<std::vector<int64_t>> drawn(static_cast<size_t>(steps));
  int64_t length = stream.next();
  for (auto& step : drawn) {
    for (int64_t left = tokens; length <= left; length = stream.next()) {
      step.push_back(length);
      left -= length;
    }
  }
  return drawn;
}

StatusOr<NamedSet> parse_length_set(std::string_view name) {
  const size_t dash = name.rfind('-');
  const std::string_view set_name = name.substr(0, dash);
  std::string_view size = dash == std::string_view::npos ? "" : name.substr(dash + 1);
  for (const LengthSet set :
       {LengthSet::kByted, LengthSet::kGithub, LengthSet::kWikipedia, LengthSet::kCommonCrawl}) {
    if (set_name != length_set_name(set) || size.empty()) continue;
    const int shift = size.back() == 'm' ? 20 : size.back() == 'k' ? 10 : 0;
    size.remove_suffix(1);
    int64_t count = 0;
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), count);
    if (shift > 0 && error == std::errc() && end == size.data() + size.size() && count >= 1 &&
        count <= int64_t{1} << (31 - shift)) {
      return NamedSet{set, count << shift};
    }
  }
  return invalid_argument(
      "the length set {} is unknown, expected byted, github, wikipedia or commoncrawl and the "
      "context, such as byted-2m or github-256k",
      name);
}

}  // namespace raddle::simulate
