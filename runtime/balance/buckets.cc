// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/buckets.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>

namespace raddle::balance {
namespace {

// Rising lengths that differ, how often each is there and what they add up to, up to each.
struct Distinct {
  std::vector<int64_t> lengths, count_before = {0}, tokens_before = {0};

  explicit Distinct(std::span<const int64_t> rising) {
    for (const int64_t length : rising) {
      if (lengths.empty() || lengths.back() != length) {
        lengths.push_back(length);
        count_before.push_back(count_before.back());
        tokens_before.push_back(tokens_before.back());
      }
      ++count_before.back();
      tokens_before.back() += length;
    }
  }
  // The error of a bucket of distinct lengths [begin, end).
  int64_t error(size_t begin, size_t end) const {
    return (count_before[end] - count_before[begin]) * lengths[end - 1] -
           (tokens_before[end] - tokens_before[begin]);
  }
};

// Row q of the table holds, for each count of distinct lengths, the least error with q + 1 buckets
// and where the last begins. Where the last begins never falls as lengths are added, so each half
// of a row narrows the search of the other.
struct Row {
  std::vector<int64_t> error;
  std::vector<int32_t> last_begin;
};

void fill(const Distinct& distinct, const Row& before, Row* row, std::span<const int32_t, 4> area) {
  const auto [low, high, from, to] = std::tuple(area[0], area[1], area[2], area[3]);
  if (low > high) return;
  const int32_t middle = low + (high - low) / 2;
  const auto m = static_cast<size_t>(middle);
  row->error[m] = INT64_MAX;
  for (int32_t j = from; j <= std::min(to, middle - 1); ++j) {
    const auto begin = static_cast<size_t>(j);
    const int64_t error = before.error[begin] + distinct.error(begin, m);
    if (error < row->error[m]) {
      row->error[m] = error;
      row->last_begin[m] = j;
    }
  }
  const int32_t best = row->last_begin[m];
  fill(distinct, before, row, std::array{low, middle - 1, from, best});
  fill(distinct, before, row, std::array{middle + 1, high, best, to});
}

std::vector<Row> table_of(const Distinct& distinct, size_t buckets) {
  const size_t size = distinct.lengths.size();
  std::vector<Row> table(buckets,
                         Row{std::vector<int64_t>(size + 1, 0), std::vector<int32_t>(size + 1, 0)});
  for (size_t k = 1; k <= size; ++k) table[0].error[k] = distinct.error(0, k);
  for (size_t q = 1; q < buckets; ++q) {
    fill(distinct, table[q - 1], &table[q],
         std::array{static_cast<int32_t>(q) + 1, static_cast<int32_t>(size),
                    static_cast<int32_t>(q), static_cast<int32_t>(size) - 1});
  }
  return table;
}

}  // namespace

Buckets bucket_lengths(std::span<const int64_t> sorted, int64_t count) {
  std::vector<int64_t> rising(sorted.begin(), sorted.end());
  const bool falls = rising.front() > rising.back();
  if (falls) std::ranges::reverse(rising);
  const Distinct distinct(rising);
  const size_t size = distinct.lengths.size();
  const size_t buckets = std::min(static_cast<size_t>(count), size);
  const std::vector<Row> table = table_of(distinct, buckets);
  Buckets result;
  result.error_tokens = table[buckets - 1].error[size];
  const auto total = static_cast<int32_t>(rising.size());
  result.begin.push_back(total);
  for (size_t q = buckets, end = size; q > 0; --q) {
    end = q == 1 ? 0 : static_cast<size_t>(table[q - 1].last_begin[end]);
    result.begin.push_back(static_cast<int32_t>(distinct.count_before[end]));
  }
  std::ranges::reverse(result.begin);
  if (falls) {
    std::ranges::reverse(result.begin);
    for (int32_t& begin : result.begin) begin = total - begin;
  }
  return result;
}

Cuts chunk_lengths(std::span<const int64_t> lengths, int64_t count) {
  // Filled from the front, with one length at least left for each chunk to come.
  const auto cut = [&](int64_t most, Cuts* cuts) {
    cuts->assign(1, 0);
    int64_t tokens = 0;
    for (size_t i = 0; i < lengths.size(); ++i) {
      const auto left = static_cast<int64_t>(lengths.size() - i);
      const int64_t to_open = count - static_cast<int64_t>(cuts->size());
      const bool is_first = static_cast<size_t>(cuts->back()) == i;
      if (!is_first && (tokens + lengths[i] > most || left <= to_open)) {
        if (to_open == 0) return false;
        cuts->push_back(static_cast<int32_t>(i));
        tokens = 0;
      }
      tokens += lengths[i];
      if (tokens > most) return false;
    }
    cuts->push_back(static_cast<int32_t>(lengths.size()));
    return true;
  };
  int64_t low = *std::ranges::max_element(lengths);
  int64_t high = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  Cuts cuts;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (cut(middle, &cuts)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  cut(high, &cuts);
  return cuts;
}

}  // namespace raddle::balance
