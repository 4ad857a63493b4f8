// SPDX-License-Identifier: Apache-2.0
// The two short forms in which Slurm writes what is of many nodes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::launch {

// "node07" of "node[07-09,12],login1".
StatusOr<std::string> first_host(std::string_view list);

// "2(x3),1" is 2, 2, 2, 1: tasks of node 0 on.
StatusOr<int64_t> tasks_of_node(std::string_view list, int64_t node);

}  // namespace raddle::launch
