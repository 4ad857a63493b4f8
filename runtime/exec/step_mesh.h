// SPDX-License-Identifier: Apache-2.0
// StepMesh: which sequences of a micro-batch are spread over ranks, as one of them sees it. It is
// data of a step, as its tokens are: nothing is planned again when it changes.
#pragma once

#include <cstdint>
#include <vector>

namespace raddle::exec {

// A sequence of which this rank has part `part` (balance/hybrid_plan.h, part_tokens()): two runs of
// its tokens, one after the other from `first_row` on. In cu_seqlens each run that has tokens is a
// sequence of its own; positions are those of the whole one.
struct SpreadSequence {
  std::vector<int32_t> ranks;  // in the order of parts; at least two, each once
  int32_t part = 0;
  int64_t tokens = 0;  // of the whole sequence
  int64_t first_row = 0;
  // How its ranks compute attention together: keys and values go around (ring attention), or all
  // tokens of a share of the heads come to each rank (Ulysses), whose number divides the heads.
  bool by_heads = false;
};

struct StepMesh {
  // Ranks that share several sequences have them in the same order.
  std::vector<SpreadSequence> spread;
};

}  // namespace raddle::exec
