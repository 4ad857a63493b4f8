// SPDX-License-Identifier: Apache-2.0
// Errors of one rank, told to the others before it ends.
#pragma once

#include "cli/api.h"

namespace raddle::cli {

// The others then name this rank and its error.
void tell_others(const World& world, raddle_status_t status);

// As check(), for what a rank does in its world.
void check_in(const World& world, raddle_status_t status);

}  // namespace raddle::cli
