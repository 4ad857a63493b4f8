// SPDX-License-Identifier: Apache-2.0
// Reverse-mode differentiation at graph level: appends backward nodes to a forward graph.
#pragma once

#include "runtime/graph/graph.h"

namespace raddle::graph {

struct AutodiffOptions {
  // Compute the inside of every block again in the backward pass instead of keeping it: memory for
  // about a third more matmul work. What enters and leaves a block is kept.
  bool recompute_blocks = false;
  // By parameter: not trained. Nothing that only its gradient needs is computed. Empty: none is.
  std::vector<char> frozen;
};

// Errors: FAILED_PRECONDITION if there is no loss or the graph is already differentiated,
// INVALID_ARGUMENT if a parameter has no path to a loss, UNIMPLEMENTED for an op or a use of an op
// that has no gradient; the message names the node.
StatusOr<Graph> differentiate(const Graph& forward, const AutodiffOptions& options = {});

}  // namespace raddle::graph
