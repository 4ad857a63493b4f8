// SPDX-License-Identifier: Apache-2.0
// Checks a caller's raw inputs against a graph before any kernel trusts them: every input there, of
// its type and shape; ids inside their tables; cu_seqlens rising.
#pragma once

#include <span>

#include "runtime/graph/graph.h"
#include "runtime/session/session.h"

namespace raddle::session {

Status check_inputs(const graph::Graph& graph, std::span<const InputView> inputs);

}  // namespace raddle::session
