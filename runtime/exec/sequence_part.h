// SPDX-License-Identifier: Apache-2.0
// What a rank has of a sequence that is spread over ranks: two chunks of it.
#pragma once

#include "runtime/balance/hybrid_plan.h"
#include "runtime/exec/step_mesh.h"

namespace raddle::exec {

// A run of tokens of a sequence: where it begins there, in its memory, and how long it is.
struct TokenRun {
  int64_t position = 0, row = 0, count = 0;
};

struct SequencePart {
  int32_t number = 0;
  TokenRun runs[2];
  int64_t rows() const { return runs[0].count + runs[1].count; }
  // The first of its two chunks has the part's number.
  const TokenRun& chunk(int32_t chunk) const { return runs[chunk == number ? 0 : 1]; }
};

// Part `number` of a sequence; its rows are counted from `first_row` on.
inline SequencePart part_of(const SpreadSequence& sequence, int32_t number, int64_t first_row) {
  const auto ranges =
      balance::part_tokens(sequence.tokens, static_cast<int64_t>(sequence.ranks.size()), number);
  SequencePart out;
  out.number = number;
  for (size_t i = 0; i < 2; ++i) {
    out.runs[i] = {ranges[i].begin, first_row, ranges[i].count()};
    first_row += ranges[i].count();
  }
  return out;
}

}  // namespace raddle::exec
