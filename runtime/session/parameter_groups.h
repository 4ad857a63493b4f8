// SPDX-License-Identifier: Apache-2.0
// optimizer.group and train.freeze applied to a model: which group each parameter is in, and what
// that means for it.
#pragma once

#include <string>
#include <vector>

#include "runtime/config/config.h"
#include "runtime/config/parameter_groups.h"
#include "runtime/exec/state_store.h"
#include "runtime/graph/graph.h"

namespace raddle::session {

struct GroupedParameters {
  // Those of optimizer.group; before them, if train.freeze names something, that as a frozen one.
  std::vector<config::ParameterGroup> groups;
  bool first_is_freeze = false;
  std::vector<int32_t> group_of;  // by parameter of the graph; -1: none

  // By parameter; empty if none is frozen.
  std::vector<char> frozen() const;
  // Tells the store, whose parameters are the graph's, how to update each.
  void apply_to(exec::StateStore& store) const;
  // "optimizer.group 2", "train.freeze".
  std::string name_of(size_t group) const;
  // A table for people; "" without groups.
  std::string to_text(const graph::Graph& graph) const;
};

// INVALID_ARGUMENT when a pattern matches no parameter (the nearest names are given), when a group
// gets none because earlier groups have them all, or when nothing is left to train.
StatusOr<GroupedParameters> group_parameters(const config::Config& config,
                                             const graph::Graph& graph);

}  // namespace raddle::session
