// SPDX-License-Identifier: Apache-2.0
// FlexSP's two cuts of sorted lengths, both exact: buckets, whose members count as the longest of
// them, and chunks, which become micro-batches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace raddle::balance {

// Where each piece of a sorted list begins, and at the end its size.
using Cuts = std::vector<int32_t>;

struct Buckets {
  Cuts begin;
  int64_t error_tokens = 0;  // sum over sequences of the longest of their bucket less their own
};

// The cut of rising or falling lengths into at most `count` buckets with the least error; of equal
// ones that whose buckets of shorter sequences are smaller. There is at least one length.
Buckets bucket_lengths(std::span<const int64_t> sorted, int64_t count);

// The cut into exactly `count` consecutive chunks, none empty, whose largest has the fewest tokens.
// There are at least `count` lengths, none of them negative.
Cuts chunk_lengths(std::span<const int64_t> lengths, int64_t count);

}  // namespace raddle::balance
