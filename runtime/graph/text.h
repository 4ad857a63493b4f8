// SPDX-License-Identifier: Apache-2.0
// The graph as text, for reading, golden tests and files. parse_text(to_text(g)) gives g back.
//
//   raddle-graph 1
//   precision BF16                             left out for F32
//   input tokens I32 [64]
//   parameter wte F32 [256, 32] normal(0.02) decay
//   block 0
//   %3, %4 = rms_norm(%2, ln.weight) {eps=1e-05}
//   phase backward
//   %9:wte = embedding_grad(%8, tokens)        "%9:wte" accumulates into the gradient of wte
//   loss loss 1
//   output logits
#pragma once

#include <string>
#include <string_view>

#include "runtime/graph/graph.h"

namespace raddle::graph {

std::string to_text(const Graph& graph);
// INVALID_ARGUMENT names the line and what was expected there.
StatusOr<Graph> parse_text(std::string_view text);
// A stable hash of the text form.
uint64_t graph_hash(const Graph& graph);

}  // namespace raddle::graph
