// SPDX-License-Identifier: Apache-2.0
// Checks what must hold of any graph, however it was made: operands match the op table, every
// tensor is made before it is used and made once, recorded shapes are what inference gives.
#pragma once

#include "runtime/graph/graph.h"

namespace raddle::graph {

Status verify(const Graph& graph);

}  // namespace raddle::graph
