// SPDX-License-Identifier: Apache-2.0
// What the machine offers, and which kernels that gives to the models that Raddle has.
#pragma once

#include <string>

#include "runtime/base/status.h"

namespace raddle::session {

// A JSON object: processor, cores, instruction_sets, memory, matrix_library, kernels.
StatusOr<std::string> describe_machine();

}  // namespace raddle::session
