// SPDX-License-Identifier: Apache-2.0
// The memory table of a plan, as `raddle plan` and `raddle train --dry-run` show it.
#pragma once

#include "cli/api.h"

namespace raddle::cli {

// Prints a plan's memory table to stdout; the exit code says whether it fits.
int print_memory_table(const Plan& plan);

// Only the limit, and what is missing to it, below a table that is already there.
int print_memory_fit(const Plan& plan);

}  // namespace raddle::cli
