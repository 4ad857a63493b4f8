// SPDX-License-Identifier: Apache-2.0
#include "cli/memory_table.h"

#include <fmt/core.h>

#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/units.h"

namespace raddle::cli {

namespace {

raddle_memory_table_t memory_of(const Plan& plan) {
  raddle_memory_table_t table = RADDLE_MEMORY_TABLE_INIT;
  check(raddle_plan_get_memory(plan.get(), &table));
  return table;
}

}  // namespace

int print_memory_table(const Plan& plan) {
  const raddle_memory_table_t table = memory_of(plan);
  print("{}{}{}{}{}{}{}", table_row("parameters", table.parameter_bytes),
        table_row("gradients", table.gradient_bytes), table_row("optimizer", table.optimizer_bytes),
        table_row("activations", table.activation_bytes), table_row("scratch", table.scratch_bytes),
        table_row("other", table.other_bytes), table_row("total", table.total_bytes));
  return print_memory_fit(plan);
}

int print_memory_fit(const Plan& plan) {
  const raddle_memory_table_t table = memory_of(plan);
  print("{}", table_row("limit", table.limit_bytes));
  if (table.missing_bytes == 0) return kExitDone;
  print("{}", table_row("missing", table.missing_bytes));
  Terminal::get().log(RADDLE_LOG_ERROR,
                      fmt::format("the plan needs {} bytes ({}) more than the limit; lower "
                                  "train.micro_batch_tokens or set train.recompute=block",
                                  table.missing_bytes, human_bytes(table.missing_bytes)));
  return kExitSystem;
}

}  // namespace raddle::cli
